"""The words of clocks, each with what it means."""

from domain.sla.clocks import ClockState, Mode, TransitionType
from domain.sla.metrics import GoalUnit, Metric
from domain.sla.policies import PolicyKind
from schema.enums import describe

describe(
    Metric,
    ACKNOWLEDGE="Until somebody works on it.",
    FIRST_RESPONSE="Until the requester is first answered.",
    NEXT_RESPONSE="Until the requester's next message is answered.",
    PERIODIC_UPDATE="From one update to the next.",
    DECISION="Until it is decided.",
    ENFORCEMENT="Until the decision is carried out.",
    FIRST_RESOLUTION="Until it is resolved for the first time.",
    TOTAL_RESOLUTION="Until it is resolved for good.",
    APPEAL_RESOLUTION="Until an appeal is resolved.",
    OWNERSHIP="While one team has it.",
    AGENT_WORK="While somebody works on it.",
    REQUESTER_WAIT="While the requester waits for us.",
    UPDATE_PROMISE="Until a promised update is given.",
    ANOMALY_TRIAGE="Until an anomaly is looked at.",
)
describe(
    GoalUnit,
    OPEN_TIME="Seconds of the calendar's open time; of plain time without a calendar.",
    WORKING_DAYS="Working days of the calendar.",
    PLAIN_TIME="Seconds by the wall.",
)
describe(
    PolicyKind,
    SLA="Promised to those outside.",
    OLA="Promised among teams.",
    REGULATORY="Asked by law.",
    UC="Promised to us by a supplier.",
)
describe(
    ClockState,
    PENDING="Not begun.",
    RUNNING="Time counts, and there is some left.",
    PAUSED="Time stands still.",
    MET="Stopped at or before its due.",
    BREACHING="Late, and not stopped yet; on hold or not.",
    BREACHED="Stopped after its due.",
    CANCELLED="Counts for nothing; the reason says why.",
    UNSCHEDULABLE="Its calendar has no open time ahead in which it could fall due.",
)
describe(
    Mode,
    RUN="Time counted.",
    PAUSE="Time stood still.",
    DISREGARDED="Time counted towards a goal that was set anew since.",
)
describe(
    TransitionType,
    ATTACH="It came under a policy.",
    ACTIVATE="It began.",
    PAUSE="It stood still.",
    RESUME="It went on.",
    RETARGET="Its promise changed.",
    RESET="It was counted afresh.",
    INHERIT="It took over an earlier start.",
    FULFIL="It stopped: the promise was kept, or was late.",
    BREACH="Its due passed.",
    VOID="A breach was taken back.",
    CANCEL="It was taken out of the count.",
    REOPEN="It left its verdict.",
)
