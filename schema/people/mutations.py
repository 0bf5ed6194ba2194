"""What administrators do about accounts and tokens."""

import strawberry

from domain.people import actions as people
from schema import reads
from schema.mutations import Info, Success, mutation, optional_key, primary_key
from schema.people import inputs
from schema.people.types import Account, ApiToken, Person
from schema.repeats import SHOWN_ONCE

SECRET = "What to send as a bearer token. Shown this once; null in the answer to a repeat."  # noqa: S105 - words


@strawberry.type(description="The token holds.")
class IssueTokenSuccess(Success):
    api_token: ApiToken | None = strawberry.field(description="The token.")
    secret: str | None = strawberry.field(description=SECRET, metadata={SHOWN_ONCE: True})


@strawberry.type(description="The token has a successor; both hold for the overlap.")
class RotateTokenSuccess(Success):
    api_token: ApiToken | None = strawberry.field(description="The successor.")
    secret: str | None = strawberry.field(description=SECRET, metadata={SHOWN_ONCE: True})


@strawberry.type(description="The token may do so much.")
class CapTokenSuccess(Success):
    api_token: ApiToken | None = strawberry.field(description="The token.")


@strawberry.type(description="The token has ended.")
class RevokeTokenSuccess(Success):
    api_token: ApiToken | None = strawberry.field(description="The token.")


@strawberry.type(description="The account is held to it.")
class LimitDocumentsSuccess(Success):
    account: Account | None = strawberry.field(description="The account.")


@strawberry.type(description="The account is there.")
class AddAccountSuccess(Success):
    account: Account | None = strawberry.field(description="The account.")


@strawberry.type(description="The account has the role.")
class GrantRoleSuccess(Success):
    account: Account | None = strawberry.field(description="The account.")


@strawberry.type(description="The account has the role no more.")
class WithdrawRoleSuccess(Success):
    account: Account | None = strawberry.field(description="The account.")


@strawberry.type
class PeopleMutations:
    @mutation(permission="token.issue")
    async def issue_token(self, input: inputs.IssueTokenInput, info: Info) -> IssueTokenSuccess:
        """Makes a bearer token of an account and shows its secret, once."""
        account_id = await primary_key(Account, input.account_id, path="accountId")
        token, secret = await people.issue_token(
            account_id,
            by=info.context.viewer,
            name=input.name,
            scopes=input.scopes,
            expires_at=input.expires_at,
            documents=input.documents,
            rows_per_hour=input.rows_per_hour,
        )
        return IssueTokenSuccess(api_token=reads.one(ApiToken, token.id), secret=secret)

    @mutation(permission="token.issue")
    async def rotate_token(self, input: inputs.RotateTokenInput, info: Info) -> RotateTokenSuccess:
        """Makes a successor with the same name, scopes and lifetime; the old one holds for the overlap yet."""
        id = await primary_key(ApiToken, input.id)
        token, secret = await people.rotate_token(id, by=info.context.viewer, overlap=input.overlap)
        return RotateTokenSuccess(api_token=reads.one(ApiToken, token.id), secret=secret)

    @mutation(permission="token.issue")
    async def cap_token(self, input: inputs.CapTokenInput, info: Info) -> CapTokenSuccess:
        """Says how many cases a token may change in batches within an hour. A batch beyond it is refused, and the
        person whose account it is, else whoever issued the token, else the administrators are paged or told."""
        id = await primary_key(ApiToken, input.id)
        await people.cap_token(id, by=info.context.viewer, rows_per_hour=input.rows_per_hour)
        return CapTokenSuccess(api_token=reads.one(ApiToken, id))

    @mutation(permission="token.issue")
    async def revoke_token(self, input: inputs.ApiTokenInput, info: Info) -> RevokeTokenSuccess:
        """Ends a token at once."""
        id = await primary_key(ApiToken, input.id)
        await people.revoke_token(id, by=info.context.viewer)
        return RevokeTokenSuccess(api_token=reads.one(ApiToken, id))

    @mutation(permission="token.issue")
    async def limit_documents(self, input: inputs.LimitDocumentsInput, info: Info) -> LimitDocumentsSuccess:
        """Says which documents an account may send, whatever token it uses."""
        account_id = await primary_key(Account, input.account_id, path="accountId")
        await people.limit_documents(account_id, by=info.context.viewer, mode=input.mode)
        return LimitDocumentsSuccess(account=reads.one(Account, account_id))

    @mutation(permission="people.manage")
    async def add_account(self, input: inputs.AddAccountInput, info: Info) -> AddAccountSuccess:
        """Adds a service's account; a known name gives the account that has it, as it is."""
        owner = await optional_key(Person, input.owner_id, path="ownerId")
        account = await people.add_account(input.name, by=info.context.viewer, roles=input.roles, owner=owner)
        return AddAccountSuccess(account=reads.one(Account, account.id))

    @mutation(permission="people.manage")
    async def grant_role(self, input: inputs.AccountRoleInput, info: Info) -> GrantRoleSuccess:
        """Gives an account a role. Nobody gives rights of an administrator without having them."""
        account_id = await primary_key(Account, input.account_id, path="accountId")
        await people.grant(account_id, by=info.context.viewer, role=input.role)
        return GrantRoleSuccess(account=reads.one(Account, account_id))

    @mutation(permission="people.manage")
    async def withdraw_role(self, input: inputs.AccountRoleInput, info: Info) -> WithdrawRoleSuccess:
        """Takes a role from an account, under the same rule."""
        account_id = await primary_key(Account, input.account_id, path="accountId")
        await people.withdraw(account_id, by=info.context.viewer, role=input.role)
        return WithdrawRoleSuccess(account=reads.one(Account, account_id))
