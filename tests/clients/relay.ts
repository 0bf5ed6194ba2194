// Relay's own runtime with what its compiler made: fetched, normalised into its store, changed.
import { createRequire } from "node:module";
import type { GraphQLResponse } from "relay-runtime";
import { address, authorization, main, same } from "./desk.js";
import Later, { type documentsLaterQuery } from "./generated/relay/documentsLaterQuery.graphql.js";
import Open, { type documentsOpenMutation } from "./generated/relay/documentsOpenMutation.graphql.js";
import Plain, { type documentsPlainQuery } from "./generated/relay/documentsPlainQuery.graphql.js";
import Page, { type documentsQuery } from "./generated/relay/documentsQuery.graphql.js";

// it is CommonJS, whose names Node cannot import
const { commitMutation, Environment, fetchQuery, Network, RecordSource, Store } = createRequire(import.meta.url)(
  "relay-runtime",
) as typeof import("relay-runtime");

main(async () => {
  const network = Network.create(async (request, variables) => {
    const answer = await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ query: request.text, variables }),
    });
    return (await answer.json()) as GraphQLResponse;
  });
  const environment = new Environment({ network, store: new Store(new RecordSource()) });

  const opened = await new Promise<documentsOpenMutation["response"]>((resolve, reject) => {
    commitMutation<documentsOpenMutation>(environment, {
      mutation: Open,
      variables: { input: { title: "From Relay", kind: "REACTIVE" } },
      onCompleted: (response) => resolve(response),
      onError: reject,
    });
  });
  const key = opened.openCase.case?.key;
  same(opened.openCase.__typename, "OpenCaseSuccess", "a case is opened");

  const plain = await fetchQuery<documentsPlainQuery>(environment, Plain, { first: 100 }).toPromise();
  same(plain?.cases.edges.some((each) => each.node.key === key), true, "the opened case is in the list");
  const paged = await fetchQuery<documentsQuery>(environment, Page, { first: 2 }).toPromise();
  same(paged?.viewer.name, "Ada Okafor", "a list that pages is fetched");
  const whole = await fetchQuery<documentsLaterQuery>(environment, Later, { first: 2, later: false }).toPromise();
  same(whole?.cases.nodes.length !== 0, true, "a list that could be streamed is fetched at once");
  const kept = environment.getStore().getSource().get(String(opened.openCase.case?.id));
  same(kept?.["key"], key, "the store knows the case by its id");
});
