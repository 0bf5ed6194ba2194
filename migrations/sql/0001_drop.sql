DROP VIEW page_event, config_in_effect;
DROP VIEW case_event;
DROP TABLE ticker, consumer, sequencer, event_position, event_unsequenced, event_source, event_head;
DROP FUNCTION sequence_events(int);
DROP FUNCTION append_events(jsonb);
DROP FUNCTION ensure_event_partitions(int);
DROP FUNCTION event_hash;
DROP FUNCTION refuse_change() CASCADE;
DROP SEQUENCE override_created_seq;
