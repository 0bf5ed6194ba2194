"""What every capability stands on: the actor, the clock, the event log, timers, versions, predicates."""
