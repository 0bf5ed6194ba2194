"""Finding cases and inquiries by what their texts say, and nothing that the asker may not see."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tortoise import connections

from domain.cases import actions as cases
from domain.cases.models import Case, CaseComment
from domain.cases.states import CaseKind, Sensitivity
from domain.core.actor import Actor
from domain.core.erasure import erase
from domain.inquiries import actions as inquiries
from domain.inquiries.models import Inquiry
from domain.inquiries.states import InquiryKind
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_team

Login = Callable[[Actor], Awaitable[Client]]
CASES = """query($filter: CaseFilter) { cases(filter: $filter, orderBy: [{field: NUMBER}]) {
    nodes { key } totalCount { value } } }"""
INQUIRIES = """query($filter: InquiryFilter) { inquiries(filter: $filter) { nodes { key } totalCount { value } } }"""


async def a_case(title: str, *remarks: str, sensitivity: Sensitivity = Sensitivity.STANDARD) -> Case:
    case = await cases.open_case(title, by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=sensitivity)
    for text in remarks:
        await cases.comment(case.id, by=SYSTEM, text=text)
    return case


async def an_inquiry(title: str, text: str) -> Inquiry:
    filed = await inquiries.file(
        title, by=SYSTEM, kind=InquiryKind.COMPLAINT, channel="web", external_id=title, text=text
    )
    return filed.inquiry


async def found(client: Client, question: str, document: str = CASES, **more: Any) -> list[str]:
    (page,) = (await client(document, filter={"text": {"search": question}, **more})).values()
    assert page["totalCount"]["value"] == len(page["nodes"])
    return [node["key"] for node in page["nodes"]]


async def test_cases_are_found_by_their_titles_and_remarks_in_every_script(login: Login) -> None:
    english = await a_case("Scam on live session", "The streamer asked for a refund.", "Café Élan was named")
    chinese = await a_case("直播间诈骗举报", "用户要求退款申请被拒绝")
    thai = await a_case("หลอกลวงในไลฟ์สด")
    client = await login(await a_person("Ada"))

    for question, case in [
        ("scam refund", english), ("cafe elan", english), ("strea", english),
        ("退款申请", chinese), ("诈骗 拒绝", chinese), ("ไลฟ์", thai),
    ]:  # fmt: skip
        assert await found(client, question) == [f"CASE-{case.number}"], question
    for question in ("scam 退款", "退货", "cam"):
        assert await found(client, question) == []
    both = await found(client, "refund", **{"or": [{"text": {"search": "scam"}}, {"text": {"search": "诈骗"}}]})
    assert both == [f"CASE-{english.number}"]


async def test_what_the_asker_may_not_see_is_found_nowhere(login: Login) -> None:
    hidden = await a_case("Sealed matter of Jane", "Jane's address", sensitivity=Sensitivity.RESTRICTED)
    inquiry = await an_inquiry("Where is my money", "Jane wrote")
    await inquiries.link(inquiry.id, by=SYSTEM, case_id=hidden.id)
    ada = await login(await a_person("Ada"))
    cleared = await login(await a_person("Cleo", clearances=["RESTRICTED"]))
    outsider = await login(await a_person("Rae", Role.REQUESTER))

    by_case = {"caseLinks": {"some": {"case": {"text": {"search": "sealed"}}}}}

    assert await found(ada, "jane") == []
    assert await found(cleared, "jane sealed") == [f"CASE-{hidden.number}"]
    assert await found(outsider, "jane") == []
    assert await found(outsider, "jane", INQUIRIES) == []
    assert await found(ada, "money", INQUIRIES, **by_case) == []
    assert await found(cleared, "money", INQUIRIES, **by_case) == [f"INQ-{inquiry.number}"]


async def test_inquiries_are_found_by_all_that_was_said(login: Login) -> None:
    inquiry = await an_inquiry("My stream was ended", "I did nothing.")
    await inquiries.receive_message(inquiry.id, by=SYSTEM, text="返金してください")
    await inquiries.reply(inquiry.id, by=SYSTEM, text="We look into it.")
    await inquiries.note(inquiry.id, by=SYSTEM, text="Known troublemaker")
    client = await login(await a_person("Ada"))

    for question in ("stream ended", "nothing", "返金", "look into", "troublemaker"):
        assert await found(client, question, INQUIRIES) == [f"INQ-{inquiry.number}"], question


async def test_an_erased_text_is_found_no_more(login: Login) -> None:
    case = await a_case("Call from Jane Doe", "She lives in High Street")
    (comment,) = await CaseComment.filter(case_id=case.id).values("body_id")
    client = await login(await a_person("Ada"))
    assert await found(client, "jane high") == [f"CASE-{case.number}"]

    await erase([comment["body_id"]], by=SYSTEM, reason="Request 17")

    assert await found(client, "high") == []
    assert await found(client, "jane") == [f"CASE-{case.number}"]
    rows = await connections.get("default").execute_query_dict("SELECT words::text FROM search_document")
    assert all("high" not in row["words"] for row in rows)


@pytest.mark.usefixtures("database")
async def test_a_queue_takes_cases_by_what_their_titles_say() -> None:
    team = await a_team()
    queue = await a_queue(team=team.id, predicate={"text": {"search": "诈骗"}, "assigneeId": {"isNull": True}})

    scam, other = await a_case("直播间诈骗举报"), await a_case("直播间举报")

    assert (await Case.get(id=scam.id)).queue_id == queue.id
    assert (await Case.get(id=other.id)).queue_id is None


async def test_a_question_without_words_is_refused_with_its_place(login: Login) -> None:
    client = await login(await a_person("Ada"))

    answer = await client.send(CASES, filter={"not": {"text": {"search": "…"}}})

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "INVALID_FILTER"
    assert error["extensions"]["argumentPath"] == ["filter", "not", "text", "search"]


async def test_a_case_is_found_by_its_key_and_so_is_what_speaks_of_it(login: Login) -> None:
    client = await login(await a_person("Ada"))
    case, other, hidden = (
        await a_case("A refund"), await a_case("Another"), await a_case("Sealed", sensitivity=Sensitivity.RESTRICTED)
    )  # fmt: skip
    key = f"CASE-{case.number}"
    inquiry = await an_inquiry("Where is it", "Tell me.")

    alone = [await found(client, question) for question in (key, key.lower(), f"refund {key}", f"another {key}")]
    await cases.comment(other.id, by=SYSTEM, text=f"The same as {key}.")
    spoken = await found(client, key)
    unseen = await found(client, f"CASE-{hidden.number}")
    asked = await found(client, f"INQ-{inquiry.number} tell", INQUIRIES)
    others = await client(CASES, filter={"not": {"text": {"search": key}}})

    assert alone == [[key], [key], [key], []]
    assert spoken == [key, f"CASE-{other.number}"]
    assert unseen == []
    assert asked == [f"INQ-{inquiry.number}"]
    assert others["cases"]["nodes"] == []
