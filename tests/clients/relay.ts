// Relay's own runtime with what its compiler made: fetched, normalised into its store, changed, and followed through a
// network of graphql-sse and one of graphql-ws.
import { createRequire } from "node:module";
import { createClient as createEvents } from "graphql-sse";
import { createClient as createSocket } from "graphql-ws";
import type { Environment as Relay, GraphQLResponse, SubscribeFunction } from "relay-runtime";
import { WebSocket } from "ws";
import { address, authorization, main, same } from "./desk.js";
import Followed, { type documentsFollowedSubscription } from "./generated/relay/documentsFollowedSubscription.graphql.js";
import Later, { type documentsLaterQuery } from "./generated/relay/documentsLaterQuery.graphql.js";
import Open, { type documentsOpenMutation } from "./generated/relay/documentsOpenMutation.graphql.js";
import Plain, { type documentsPlainQuery } from "./generated/relay/documentsPlainQuery.graphql.js";
import Page, { type documentsQuery } from "./generated/relay/documentsQuery.graphql.js";
import Say, { type documentsSayMutation } from "./generated/relay/documentsSayMutation.graphql.js";

// it is CommonJS, whose names Node cannot import
const { commitMutation, Environment, fetchQuery, Network, Observable, RecordSource, requestSubscription, Store } =
  createRequire(import.meta.url)("relay-runtime") as typeof import("relay-runtime");

const events = createEvents({ url: `${address}/graphql`, headers: { authorization } });
const socket = createSocket({
  url: `${address.replace("http", "ws")}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: authorization },
});

/** A network that follows through one of the clients. */
const following = (client: Pick<typeof events, "subscribe"> | Pick<typeof socket, "subscribe">): SubscribeFunction =>
  (request, variables) =>
    Observable.create<GraphQLResponse>((sink) =>
      client.subscribe<Record<string, unknown>>(
        { operationName: request.name, query: request.text ?? "", variables },
        { ...sink, next: (answer) => sink.next(answer as GraphQLResponse), error: (wrong) => sink.error(wrong as Error) },
      ),
    );

const environmentOf = (subscribe: SubscribeFunction): Relay =>
  new Environment({
    network: Network.create(async (request, variables) => {
      const answer = await fetch(`${address}/graphql`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({ query: request.text, variables }),
      });
      return (await answer.json()) as GraphQLResponse;
    }, subscribe),
    store: new Store(new RecordSource()),
  });

/** The version of a case as the subscription's first remark brings it; what was pushed must be in the store. */
async function followed(environment: Relay, id: string, text: string): Promise<void> {
  const version = await new Promise<number>((resolve, reject) => {
    requestSubscription<documentsFollowedSubscription>(environment, {
      subscription: Followed,
      variables: { id, after: 0 },
      onNext: (answer) => {
        const event = answer?.caseChanged.event;
        if (event?.__typename === "CaseCommented" && event.text === text) resolve(answer?.caseChanged.case?.version ?? 0);
      },
      onError: reject,
    });
    commitMutation<documentsSayMutation>(environment, {
      mutation: Say,
      variables: { input: { id, text } },
      onCompleted: (answer) => same(answer.commentOnCase?.__typename, "CommentOnCaseSuccess", "a remark is made"),
      onError: reject,
    });
  });
  same(environment.getStore().getSource().get(id)?.["version"], version, "the store has what was pushed");
}

main(async () => {
  const environment = environmentOf(following(events));

  const opened = await new Promise<documentsOpenMutation["response"]>((resolve, reject) => {
    commitMutation<documentsOpenMutation>(environment, {
      mutation: Open,
      variables: { input: { title: "From Relay", kind: "REACTIVE" } },
      onCompleted: (response) => resolve(response),
      onError: reject,
    });
  });
  const key = opened.openCase?.case?.key;
  same(opened.openCase?.__typename, "OpenCaseSuccess", "a case is opened");

  const plain = await fetchQuery<documentsPlainQuery>(environment, Plain, { first: 100 }).toPromise();
  same(plain?.cases.edges.some((each) => each.node.key === key), true, "the opened case is in the list");
  const paged = await fetchQuery<documentsQuery>(environment, Page, { first: 2 }).toPromise();
  same(paged?.viewer.name, "Ada Okafor", "a list that pages is fetched");
  const whole = await fetchQuery<documentsLaterQuery>(environment, Later, { first: 2, later: false }).toPromise();
  same((whole?.cases?.nodes.length ?? 0) !== 0, true, "a list that could be streamed is fetched at once");
  const kept = environment.getStore().getSource().get(String(opened.openCase?.case?.id));
  same(kept?.["key"], key, "the store knows the case by its id");

  const id = String(opened.openCase?.case?.id);
  await followed(environment, id, "Heard by Relay as an event");
  await followed(environmentOf(following(socket)), id, "Heard by Relay over a socket");
  events.dispose();
  await socket.dispose();
});
