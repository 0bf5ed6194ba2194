"""Databases of the tests' own: copied from one migrated template, and used again as long as nothing tells that they
were used before.
"""

from __future__ import annotations

import asyncpg

LARGEST = 32 << 20
"""Bytes from which a database is dropped rather than emptied."""

_KIT = """
CREATE SCHEMA kit;
CREATE TABLE kit.changed (what text);
CREATE TABLE kit.seed (statement text);
CREATE TABLE kit.sequence (name regclass, last_value bigint, is_called boolean);

-- A test that changes the schema keeps its database to itself: another one gets a new copy.
CREATE FUNCTION kit.note_made() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO kit.changed SELECT command_tag FROM pg_event_trigger_ddl_commands()
    WHERE schema_name IS DISTINCT FROM 'pg_temp';
END $$;
CREATE FUNCTION kit.note_dropped() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO kit.changed SELECT object_identity FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary;
END $$;

DO $$ DECLARE
    one record;
    filled boolean;
BEGIN
    FOR one IN SELECT c.oid::regclass AS name, (
            SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one.name) INTO filled;
        CONTINUE WHEN NOT filled;
        EXECUTE format('CREATE TABLE kit.%s AS TABLE %s', quote_ident('of_' || trim(one.name::text, '"')), one.name);
        INSERT INTO kit.seed VALUES (format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM kit.%s',
            one.name, one.columns, one.columns, quote_ident('of_' || trim(one.name::text, '"'))));
    END LOOP;
    FOR one IN SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
    LOOP
        EXECUTE format('INSERT INTO kit.sequence SELECT %L::regclass, last_value, is_called FROM %s',
            one.name, one.name);
    END LOOP;
END $$;

-- Empties the database to what the template holds; false where it cannot be told from one that was used.
CREATE FUNCTION kit.emptied(largest bigint) RETURNS boolean LANGUAGE plpgsql AS $$ DECLARE
    one text;
    filled boolean;
BEGIN
    IF EXISTS (SELECT FROM kit.changed) OR pg_database_size(current_database()) > largest THEN
        RETURN false;
    END IF;
    -- neither foreign keys nor the triggers that refuse changes of the log
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT c.oid::regclass::text FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %s', one);
        END IF;
    END LOOP;
    FOR one IN SELECT statement FROM kit.seed LOOP
        EXECUTE one;
    END LOOP;
    PERFORM setval(s.name, s.last_value, s.is_called) FROM kit.sequence s;
    RETURN true;
END $$;

CREATE EVENT TRIGGER kit_made ON ddl_command_end EXECUTE FUNCTION kit.note_made();
CREATE EVENT TRIGGER kit_dropped ON sql_drop EXECUTE FUNCTION kit.note_dropped();
"""


async def prepare(url: str) -> None:
    """Gives a migrated, empty database what it needs to be emptied again, in a schema of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_KIT)
    finally:
        await connection.close()


async def emptied(url: str) -> bool:
    """Ends whoever is connected and empties the database; False where another one has to be made."""
    connection = await asyncpg.connect(url)
    try:
        await connection.fetch(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return bool(await connection.fetchval("SELECT kit.emptied($1)", LARGEST))
    finally:
        await connection.close()
