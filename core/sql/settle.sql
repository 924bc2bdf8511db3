-- What is set up, changed row by row: those before are taken out, those after put in.
-- Reads:  leaving_<section>, coming_<section>   for each section: the rows as they were seen, and as they shall be
-- Gives:  amiss   (section, name) of each row that is no longer as it was seen, or is there already; if there is one,
--                 the caller rolls back
CREATE OR REPLACE TEMP TABLE amiss AS
SELECT 'person' AS section, email AS name FROM (FROM leaving_person EXCEPT SELECT email, name, role FROM person)
UNION ALL SELECT 'person', email FROM coming_person
WHERE email IN (SELECT email FROM person) AND email NOT IN (SELECT email FROM leaving_person)
UNION ALL SELECT 'team', name FROM (FROM leaving_team EXCEPT SELECT name FROM team)
UNION ALL SELECT 'team', name FROM coming_team
WHERE name IN (SELECT name FROM team) AND name NOT IN (FROM leaving_team)
UNION ALL SELECT 'team_member', team || ' · ' || email
FROM (FROM leaving_team_member EXCEPT SELECT team, email FROM team_member)
UNION ALL SELECT 'team_member', team || ' · ' || email FROM coming_team_member JOIN team_member USING (team, email)
UNION ALL SELECT 'mailbox', name FROM (FROM leaving_mailbox EXCEPT SELECT name, team, target_hours FROM mailbox)
UNION ALL SELECT 'catalog', customer || ' · ' || contract || ' · ' || service
FROM (FROM leaving_catalog EXCEPT SELECT customer, contract, service FROM catalog)
UNION ALL SELECT 'catalog', customer || ' · ' || contract || ' · ' || service
FROM coming_catalog JOIN catalog USING (customer, contract, service);

DELETE FROM person WHERE email IN (SELECT email FROM leaving_person);
DELETE FROM team WHERE name IN (FROM leaving_team);
DELETE FROM team_member WHERE (team, email) IN (SELECT (team, email) FROM leaving_team_member);
DELETE FROM catalog WHERE (customer, contract, service) IN (SELECT (customer, contract, service) FROM leaving_catalog);

INSERT INTO person SELECT email, name, role, 'administration' FROM coming_person;
INSERT INTO team SELECT name, 'administration' FROM coming_team;
INSERT INTO team_member SELECT team, email, 'administration' FROM coming_team_member;
INSERT INTO catalog SELECT customer, contract, service, 'administration' FROM coming_catalog;
UPDATE mailbox SET team = c.team, target_hours = c.target_hours, origin = 'administration'
FROM coming_mailbox AS c WHERE mailbox.name = c.name;
