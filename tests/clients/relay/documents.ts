// Read by relay-compiler alone: a list that pages, a fragment that can be fetched again by its node, a change.
import { graphql } from "relay-runtime";

export const documents = (): unknown[] => [
  graphql`
    query documentsQuery($first: Int!, $after: String) {
      ...documents_cases @arguments(first: $first, after: $after)
      viewer { name permissions }
    }
  `,
  graphql`
    fragment documents_cases on Query
      @argumentDefinitions(first: { type: "Int", defaultValue: 5 }, after: { type: "String" })
      @refetchable(queryName: "documentsPageQuery") {
      cases(first: $first, after: $after, filter: { state: { in: [QUEUED, NEW] } }) @connection(key: "documents_cases") {
        edges { node { id ...documents_case } }
        totalCount { value }
      }
    }
  `,
  graphql`
    fragment documents_case on Case @refetchable(queryName: "documentsCaseQuery") {
      key
      title
      state
      comments(first: 3) { nodes { id text } }
      clocks { id metric state }
    }
  `,
  graphql`
    query documentsPlainQuery($first: Int!) @throwOnFieldError {
      cases(first: $first) { edges { node { id key state } } }
    }
  `,
  graphql`
    query documentsLaterQuery($first: Int!, $later: Boolean!) {
      cases(first: $first) {
        nodes @stream(initialCount: 1, label: "rows", if: $later) {
          id
          ...documents_case @defer(if: $later, label: "rest")
        }
      }
    }
  `,
  graphql`
    mutation documentsOpenMutation($input: OpenCaseInput!) {
      openCase(input: $input) {
        __typename
        ... on OpenCaseSuccess { case { id key } }
        ... on Problem { code message }
      }
    }
  `,
  graphql`
    mutation documentsSayMutation($input: CommentOnCaseInput!) {
      commentOnCase(input: $input) { __typename ... on Problem { code message } }
    }
  `,
  graphql`
    subscription documentsFollowedSubscription($id: ID!, $after: Long) {
      caseChanged(id: $id, after: $after) {
        position
        case { id state version }
        event { __typename ... on CaseCommented { text } }
      }
    }
  `,
];
