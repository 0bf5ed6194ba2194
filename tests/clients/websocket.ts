// graphql-ws: query, mutation and subscription over one socket; then a token that is none.
import { print } from "graphql";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { address, authorization, main, same } from "./desk.js";
import { FollowedDocument, OpenDocument, SayDocument, type OpenMutation } from "./generated/codegen/graphql.js";

const url = `${address.replace("http", "ws")}/graphql`;

main(async () => {
  const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: { Authorization: authorization } });
  const once = async (query: string, variables: Record<string, unknown> = {}): Promise<unknown> => {
    for await (const answer of client.iterate({ query, variables })) return answer.data;
    throw new Error("no answer");
  };
  same(await once("{ viewer { name } }"), { viewer: { name: "Ada Okafor" } }, "a query over the socket");
  const opened = (await once(print(OpenDocument), { input: { title: "By socket", kind: "REACTIVE" } })) as OpenMutation;
  if (opened.openCase?.__typename !== "OpenCaseSuccess") throw new Error(JSON.stringify(opened));
  const { id } = opened.openCase.case as unknown as { id: string };

  const say = setTimeout(() => void once(print(SayDocument), { input: { id, text: "Heard by graphql-ws" } }), 1000);
  for await (const answer of client.iterate<{ caseChanged: { event: { text?: string } } }>({
    query: print(FollowedDocument),
    variables: { id },
  })) {
    if (answer.data?.caseChanged.event.text === "Heard by graphql-ws") break;
  }
  clearTimeout(say);
  await client.dispose();

  const stranger = createClient({ url, webSocketImpl: WebSocket, connectionParams: { Authorization: "Bearer cw_no" }, retryAttempts: 0 });
  const code = await new Promise<number>((resolve) => {
    stranger.on("closed", (event) => resolve((event as { code: number }).code));
    stranger.subscribe({ query: "{ __typename }" }, { next: () => undefined, error: () => undefined, complete: () => undefined });
  });
  same(code, 4403, "a wrong token is told by the code the protocol has for it");
});
