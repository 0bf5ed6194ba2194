-- What the tables need to exist first: the clock and the human keys.

-- The one clock. STABLE, so that one statement sees one instant; a test database replaces it with a movable one.
CREATE FUNCTION app_clock() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT statement_timestamp() $$;

CREATE SEQUENCE case_number_seq AS bigint;
CREATE SEQUENCE inquiry_number_seq AS bigint;
CREATE SEQUENCE page_number_seq AS bigint;
CREATE SEQUENCE risk_number_seq AS bigint;
