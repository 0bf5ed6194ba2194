// urql's core client: typed documents of codegen by fetch, followed as events by fetch itself and over its exchange for a
// WebSocket.
import { cacheExchange, Client, fetchExchange, subscriptionExchange, type Exchange } from "@urql/core";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { address, authorization, main, same } from "./desk.js";
import { FollowedDocument, LaterDocument, OpenDocument, SayDocument, WaitingDocument } from "./generated/codegen/graphql.js";

const socket = createClient({
  url: `${address.replace("http", "ws")}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: authorization },
});
const overSocket = subscriptionExchange({
  forwardSubscription: ({ query = "", variables }) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables: variables as Record<string, unknown> }, sink) }),
  }),
});

const clientOf = (fetchSubscriptions: boolean, ...more: Exchange[]): Client =>
  new Client({
    url: `${address}/graphql`,
    fetchOptions: { headers: { authorization } },
    fetchSubscriptions,
    preferGetMethod: false,
    exchanges: [cacheExchange, ...more, fetchExchange],
  });

/** Waits until a remark on the case is heard by whoever follows it. */
async function followed(client: Client, id: string, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const { unsubscribe } = client.subscription(FollowedDocument, { id }).subscribe(({ data, error }) => {
      if (error) reject(error);
      const event = data?.caseChanged.event;
      if (event?.__typename === "CaseCommented" && event.text === text) {
        unsubscribe();
        resolve();
      }
    });
    setTimeout(() => void client.mutation(SayDocument, { input: { id, text } }).toPromise(), 1000);
  });
}

// urql lets go of a stream by aborting its fetch, and does not catch what that throws
process.on("unhandledRejection", (wrong) => {
  if (!(wrong instanceof DOMException && wrong.name === "AbortError")) throw wrong;
});

main(async () => {
  const client = clientOf(true);
  const opened = await client.mutation(OpenDocument, { input: { title: "From urql", kind: "REACTIVE" } }).toPromise();
  if (opened.data?.openCase?.__typename !== "OpenCaseSuccess") throw new Error(JSON.stringify(opened));
  const row = opened.data.openCase.case as unknown as { id: string; key: string };

  const found = await client.query(WaitingDocument, { first: 50 }, { requestPolicy: "network-only" }).toPromise();
  const keys = found.data?.cases?.nodes.map((each) => (each as unknown as { key: string }).key) ?? [];
  same(keys.includes(row.key), true, "the opened case is in the list");
  const again = await client.query(WaitingDocument, { first: 50 }).toPromise();
  same(again.operation.context.meta?.cacheOutcome, "hit", "the same is asked once");
  for (const later of [true, false]) {
    const whole = await client.query(LaterDocument, { first: 50, later }).toPromise();
    same([whole.hasNext, whole.data?.cases?.nodes.every((each) => "title" in each)], [false, true], "what may be deferred comes whole");
  }
  const wrong = await client.query("{ nothingLikeThis }", {}).toPromise();
  same(wrong.error?.graphQLErrors[0]?.extensions["code"], "INVALID_DOCUMENT", "a wrong document is an error with its code");

  await followed(client, row.id, "Heard by urql as an event");
  await followed(clientOf(false, overSocket), row.id, "Heard by urql over a socket");
  await socket.dispose();
});
