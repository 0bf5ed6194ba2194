// Apollo Client: typed documents of codegen over HTTP, its cache, and its own WebSocket link.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { address, authorization, main, same } from "./desk.js";
import { FollowedDocument, LaterDocument, OpenDocument, RowFragmentDoc, SayDocument, WaitingDocument } from "./generated/codegen/graphql.js";

main(async () => {
  const socket = createClient({
    url: `${address.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: authorization },
  });
  const client = new ApolloClient({
    cache: new InMemoryCache({ possibleTypes: { Problem: ["Forbidden", "NotFound", "Refused", "ValidationFailed"] } }),
    incrementalHandler: new GraphQL17Alpha9Handler(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === "subscription",
      new GraphQLWsLink(socket),
      new HttpLink({ uri: `${address}/graphql`, headers: { authorization } }),
    ),
  });

  const opened = await client.mutate({ mutation: OpenDocument, variables: { input: { title: "From Apollo", kind: "REACTIVE" } } });
  if (opened.data?.openCase?.__typename !== "OpenCaseSuccess") throw new Error(JSON.stringify(opened));
  const row = opened.data.openCase.case as unknown as { id: string; key: string };

  const found = await client.query({ query: WaitingDocument, variables: { first: 50 } });
  const keys = found.data?.cases?.nodes.map((each) => (each as unknown as { key: string }).key) ?? [];
  same(keys.includes(row.key), true, "the opened case is in the list");
  const cached = client.cache.readFragment({ id: `Case:${row.id}`, fragment: RowFragmentDoc }) as { title: string } | null;
  same(cached?.title, "From Apollo", "the cache knows it by its id");

  for (const later of [true, false]) {
    const whole = await client.query({ query: LaterDocument, variables: { first: 50, later }, fetchPolicy: "no-cache" });
    same(whole.data?.cases?.nodes.every((each) => "title" in each), true, "what may be deferred or streamed comes whole");
  }

  const refused = await client.mutate({ mutation: SayDocument, variables: { input: { id: "CASE-999999", text: "x" } } });
  same(refused.data?.commentOnCase?.__typename, "NotFound", "a refusal is data");

  const heard = await new Promise<string>((resolve, reject) => {
    client.subscribe({ query: FollowedDocument, variables: { id: row.id } }).subscribe({
      next: (each) => {
        const event = each.data?.caseChanged.event;
        if (event?.__typename === "CaseCommented") resolve(event.text ?? "");
      },
      error: reject,
    });
    socket.on("message", () => undefined);
    setTimeout(() => {
      void client.mutate({ mutation: SayDocument, variables: { input: { id: row.id, text: "Heard by Apollo" } } });
    }, 1000);
  });
  same(heard, "Heard by Apollo", "the subscription tells of the comment");
  client.stop();
  await socket.dispose();
});
