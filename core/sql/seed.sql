-- The configuration file into the store, without what people have settled in the administration.
-- Reads:  seed_person, seed_team, seed_team_member, seed_catalog   the file's rows without keys that people changed
--         seed_mailbox   the file's mailboxes
-- Gives:  forgotten      the persons that the file named and names no more
CREATE OR REPLACE TEMP TABLE forgotten AS
SELECT email, name, role FROM person WHERE origin = 'configuration' AND email NOT IN (SELECT email FROM seed_person);

DELETE FROM person WHERE origin = 'configuration';
INSERT INTO person SELECT email, name, role, 'configuration' FROM seed_person;
DELETE FROM team WHERE origin = 'configuration';
INSERT INTO team SELECT name, 'configuration' FROM seed_team;
DELETE FROM team_member WHERE origin = 'configuration';
INSERT INTO team_member SELECT team, email, 'configuration' FROM seed_team_member;
DELETE FROM catalog WHERE origin = 'configuration';
INSERT INTO catalog SELECT customer, contract, service, 'configuration' FROM seed_catalog;

-- A mailbox is the file's; who gave it another team or target here keeps that.
CREATE OR REPLACE TEMP TABLE seeded_mailbox AS
SELECT s.name, s.address, s.domain, coalesce(k.team, s.team) AS team, s.source,
       coalesce(k.target_hours, s.target_hours) AS target_hours, coalesce(k.origin, 'configuration') AS origin
FROM seed_mailbox AS s
LEFT JOIN (SELECT name, team, target_hours, origin FROM mailbox WHERE origin = 'administration') AS k USING (name);
DELETE FROM mailbox;
INSERT INTO mailbox SELECT name, address, domain, team, source, target_hours, origin FROM seeded_mailbox;

-- Nobody is in a team that is gone, or without a place at the desk.
DELETE FROM team_member WHERE team NOT IN (SELECT name FROM team) OR email NOT IN (SELECT email FROM person);
DELETE FROM claim WHERE person IN (SELECT email FROM forgotten);
