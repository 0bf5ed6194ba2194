// graphql-sse, distinct connections: query, mutation and subscription as server-sent events.
import { print } from "graphql";
import { createClient } from "graphql-sse";
import { address, authorization, main, same } from "./desk.js";
import { FollowedDocument, OpenDocument, SayDocument, type OpenMutation } from "./generated/codegen/graphql.js";

main(async () => {
  const client = createClient({ url: `${address}/graphql`, headers: { authorization } });
  const once = async (query: string, variables: Record<string, unknown> = {}): Promise<unknown> => {
    for await (const answer of client.iterate({ query, variables })) return answer.data;
    throw new Error("no answer");
  };
  same(await once("{ viewer { name } }"), { viewer: { name: "Ada Okafor" } }, "a query as events");
  const opened = (await once(print(OpenDocument), { input: { title: "By events", kind: "REACTIVE" } })) as OpenMutation;
  if (opened.openCase?.__typename !== "OpenCaseSuccess") throw new Error(JSON.stringify(opened));
  const { id } = opened.openCase.case as unknown as { id: string };

  const say = setTimeout(() => void once(print(SayDocument), { input: { id, text: "Heard by graphql-sse" } }), 1000);
  for await (const answer of client.iterate<{ caseChanged: { event: { text?: string } } }>({
    query: print(FollowedDocument),
    variables: { id },
  })) {
    if (answer.data?.caseChanged.event.text === "Heard by graphql-sse") break;
  }
  clearTimeout(say);

  let wrong = "";
  for await (const answer of client.iterate({ query: "{ nothingLikeThis }" })) {
    wrong = String((answer.errors?.[0]?.extensions as { code?: string } | undefined)?.code);
  }
  same(wrong, "INVALID_DOCUMENT", "a wrong document is an event with errors");
  client.dispose();
});
