-- How much a lake is, by its catalog: snapshots; files that today's desk needs; all files with those only its past needs,
-- and their bytes; files that nobody needs and that wait to be removed.
SELECT (SELECT count(*) FROM __ducklake_metadata_desk.ducklake_snapshot),
       (SELECT count(*) FROM __ducklake_metadata_desk.ducklake_data_file WHERE end_snapshot IS NULL)
           + (SELECT count(*) FROM __ducklake_metadata_desk.ducklake_delete_file WHERE end_snapshot IS NULL),
       (SELECT count(*) FROM __ducklake_metadata_desk.ducklake_data_file)
           + (SELECT count(*) FROM __ducklake_metadata_desk.ducklake_delete_file),
       (SELECT coalesce(sum(file_size_bytes), 0)::BIGINT FROM __ducklake_metadata_desk.ducklake_data_file)
           + (SELECT coalesce(sum(file_size_bytes), 0)::BIGINT FROM __ducklake_metadata_desk.ducklake_delete_file),
       (SELECT count(*) FROM __ducklake_metadata_desk.ducklake_files_scheduled_for_deletion)
