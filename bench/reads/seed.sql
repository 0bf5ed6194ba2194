-- Every tenth case waits in one of twenty queues and has what a page shows: two clocks, three comments, five events.
-- The others are closed and have their title. The first case has two hundred events. bench.cases says how many.
SET session_replication_role = replica;  -- what is written is consistent: no foreign key need be looked up

CREATE FUNCTION pg_temp.made(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('0193000000' || kind || '70008000' || lpad(to_hex(n), 12, '0'))::uuid $$;

INSERT INTO person (id, name, email, clearances, created_at)
SELECT pg_temp.made('01', n), 'Person ' || n, 'person' || n || '@example.org', '{}', '2026-01-01Z'
FROM generate_series(1, 50) n;
INSERT INTO principal (id, kind, name, person_id, created_at)
SELECT id, 'HUMAN', name, id, created_at FROM person WHERE email LIKE 'person%';

INSERT INTO team (id, key, name, created_at)
SELECT pg_temp.made('02', n), 'team-' || n, 'Team ' || n, '2026-01-01Z' FROM generate_series(1, 20) n;
INSERT INTO queue (id, key, name, position, team_id, predicate, skills, created_at)
SELECT pg_temp.made('03', n), 'queue-' || n, 'Queue ' || n, n, pg_temp.made('02', n), '{}', '{}', '2026-01-01Z'
FROM generate_series(1, 20) n;

INSERT INTO content (id, digest, body, retention_class)
SELECT pg_temp.made('04', n), md5(n::text), 'Room ' || n || ': a product is sold that is none', 'CASE'
FROM generate_series(1, current_setting('bench.cases')::bigint) n;

-- The many indexes of these two are made anew once the rows are there: sorted at once, not entry by entry.
CREATE TEMPORARY TABLE taken_down AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made
FROM pg_index WHERE indrelid IN ('"case"'::regclass, 'case_worklist'::regclass) AND NOT indisunique;
DO $$ DECLARE index text; BEGIN
    FOR index IN SELECT name FROM taken_down LOOP EXECUTE 'DROP INDEX ' || index; END LOOP;
END $$;

INSERT INTO "case" (id, number, kind, workflow, state, subject_id, title_id, severity, priority, sensitivity, queue_id,
    team_id, assignee_id, resolution, reason_code, language, details, opened_at, resolved_at, origin, version,
    updated_at)
SELECT pg_temp.made('05', n), n, 'REACTIVE', 'review', CASE WHEN n % 10 = 1 THEN 'QUEUED' ELSE 'CLOSED' END, NULL,
    pg_temp.made('04', n), 'SEV' || n / 10 % 5, 'P' || 1 + n / 7 % 5, 'STANDARD', pg_temp.made('03', 1 + n / 10 % 20),
    pg_temp.made('02', 1 + n / 10 % 20), CASE WHEN n % 4 > 0 THEN pg_temp.made('01', 1 + n / 3 % 50) END,
    CASE WHEN n % 10 <> 1 THEN 'DONE' END, 'SCAM', 'en', '{}', opened, CASE WHEN n % 10 <> 1 THEN opened END, 'LIVE', 5,
    opened + interval '1 hour'
FROM generate_series(1, current_setting('bench.cases')::bigint) n,
    LATERAL (SELECT timestamptz '2026-01-01Z' + n * interval '4 seconds' AS opened);

-- What is more urgent is due earlier, and of the same urgency what was opened earlier: both orders tell the same page.
INSERT INTO case_worklist (id, number, title_id, subject_id, queue_id, team_id, assignee_id, kind, state, stage, severity,
    priority, sensitivity, opened_at, resolved_at, due_at)
SELECT id, number, title_id, subject_id, queue_id, team_id, assignee_id, kind, state,
    CASE state WHEN 'QUEUED' THEN 2 ELSE 10 END, severity, priority, sensitivity, opened_at, resolved_at, CASE WHEN state = 'QUEUED'
        THEN timestamptz '2090-01-01Z' + right(priority, 1)::int * interval '1 year' + (opened_at - '2026-01-01Z') END
FROM "case";

DO $$ DECLARE index text; BEGIN
    FOR index IN SELECT made FROM taken_down LOOP EXECUTE index; END LOOP;
END $$;

CREATE TEMPORARY TABLE waiting AS
SELECT c.id, c.number AS n, c.title_id, c.queue_id, c.opened_at, w.due_at
FROM "case" c JOIN case_worklist w ON w.id = c.id WHERE c.state = 'QUEUED';

INSERT INTO content (id, digest, body, retention_class)
SELECT pg_temp.made('06', n * 3 + k), md5(n * 3 + k || ''), 'Seen ' || k || ' times; ' || n || ' watch now.', 'CASE'
FROM waiting, generate_series(0, 2) k;
INSERT INTO case_comment (id, case_id, author_id, body_id, visibility, created_at)
SELECT pg_temp.made('07', n * 3 + k), id, pg_temp.made('01', 1 + (n + k) % 50), pg_temp.made('06', n * 3 + k),
    'INTERNAL', opened_at + k * interval '7 minutes'
FROM waiting, generate_series(0, 2) k;

INSERT INTO sla_clock (id, subject_type, subject_id, policy_kind, metric, cycle, policy_key, policy_rev, target_key,
    instead_of, goal, goal_unit, state, started_at, running_since, elapsed_base, due_at, stopped_at, revision, digest)
SELECT pg_temp.made('08', n * 2 + k), 'case', id, 'SLA', (ARRAY['FIRST_RESPONSE', 'TOTAL_RESOLUTION'])[k + 1], 1, 'desk',
    1, 'all', '{}', 3600000000, 'OPEN_TIME', (ARRAY['MET', 'RUNNING'])[k + 1], opened_at,
    CASE WHEN k = 1 THEN opened_at END, 0, CASE WHEN k = 0 THEN opened_at + interval '1 hour' ELSE due_at END,
    CASE WHEN k = 0 THEN opened_at END, 1, md5(n::text)
FROM waiting, generate_series(0, 1) k;

CREATE TEMPORARY TABLE happened AS
SELECT row_number() OVER (ORDER BY n, seq) AS place, id, n, seq, title_id, queue_id, opened_at,
    CASE seq WHEN 1 THEN 'CaseOpened' WHEN 2 THEN 'CaseQueued' ELSE 'CaseCommented' END AS kind,
    opened_at + seq * interval '1 minute' AS at
FROM waiting, generate_series(1, CASE WHEN n = 1 THEN 200 ELSE 5 END) seq;
INSERT INTO event (id, subject_type, subject_id, seq, kind, schema_version, occurred_at, recorded_at, actor_id,
    actor_kind, origin, tool, payload, prev_hash, hash)
SELECT place, 'case', id, seq, kind, 1, at, at, pg_temp.made('01', 1 + place % 50), 'HUMAN', 'LIVE', 'GRAPHQL',
    CASE seq
    WHEN 1 THEN jsonb_build_object('case_kind', 'REACTIVE', 'state', 'NEW', 'severity', 'SEV2', 'priority', 'P3',
        'title', jsonb_build_object('id', title_id))
    WHEN 2 THEN jsonb_build_object('from_state', 'NEW', 'to_state', 'QUEUED', 'queue_id', queue_id)
    ELSE jsonb_build_object('comment_id', pg_temp.made('07', n * 3 + seq % 3), 'visibility', 'INTERNAL',
        'body', jsonb_build_object('id', pg_temp.made('06', n * 3 + seq % 3)))
    END, '', sha256(place::text::bytea)
FROM happened;
INSERT INTO event_position
SELECT place, place, 'case', id, kind, at, at FROM happened;
INSERT INTO event_head
SELECT 'case', id, max(seq), max(at), '' FROM happened GROUP BY id;
UPDATE sequencer SET position = (SELECT count(*) FROM happened);
SELECT setval(pg_get_serial_sequence('event', 'id'), (SELECT count(*) FROM happened));

DROP TABLE happened, waiting, taken_down;
SET session_replication_role = DEFAULT;
