"""What the mutations of accounts and tokens take."""

from datetime import datetime, timedelta

import strawberry

from domain.people.roles import Role
from domain.people.states import DocumentMode
from schema.mutations import to_be_said


@strawberry.input(description="A token to be made.")
class IssueTokenInput:
    account_id: strawberry.ID = strawberry.field(description="The account it is to act for.")
    name: str = strawberry.field(description="What it is for, 1 to 127 characters.")
    scopes: list[str] | None = strawberry.field(
        default=None, description="The permissions it is narrowed to; null has all its account's, now and later."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="When it ends; null does not.")
    documents: DocumentMode | None = strawberry.field(
        default=None, description="Which documents it may send; null is what its account and the installation say."
    )
    rows_per_hour: int | None = strawberry.field(
        default=None, description="How many cases it may change in batches within an hour; null is 100,000."
    )


@strawberry.input(description="A token and how much it may do.")
class CapTokenInput:
    id: strawberry.ID = strawberry.field(description="The token.")
    rows_per_hour: int | None = to_be_said(
        "How many cases it may change in batches within an hour.",
        null="is 100,000",
        otherwise="Say how many cases it may change in batches within an hour, or null for 100,000.",
    )


@strawberry.input(description="A token to be replaced.")
class RotateTokenInput:
    id: strawberry.ID = strawberry.field(description="The token.")
    overlap: timedelta = strawberry.field(
        default=timedelta(hours=24), description="How long both hold, from nothing to 30 days."
    )


@strawberry.input(description="A token.")
class ApiTokenInput:
    id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.input(description="What an account may send.")
class LimitDocumentsInput:
    account_id: strawberry.ID = strawberry.field(description="The account.")
    mode: DocumentMode | None = to_be_said(
        "Which documents.", null="is what the installation says", otherwise="Say which, or null for the installation's."
    )


@strawberry.input(description="An account of a service.")
class AddAccountInput:
    name: str = strawberry.field(description="What it is called, 1 to 127 characters, unique among services.")
    roles: list[Role] = strawberry.field(description="The roles it gets.")
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="The person who answers for it, and is told what it should not have done."
    )


@strawberry.input(description="An account and a role.")
class AccountRoleInput:
    account_id: strawberry.ID = strawberry.field(description="The account.")
    role: Role = strawberry.field(description="The role.")
