// PostGraphile over Caseward's tables, as its guide sets it up for production: node server.mjs URL PORT

import { createServer } from "node:http";

import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";

const [url, port] = process.argv.slice(2);

// What Caseward's schema does not say of itself: whose clocks they are, and what the page filters and sorts by.
const tags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      case: {
        attribute: {
          state: { tags: { behavior: "+filterBy" } },
          priority: { tags: { behavior: "+orderBy" } },
        },
      },
      case_comment: { attribute: { created_at: { tags: { behavior: "+orderBy" } } } },
      sla_clock: {
        tags: { foreignKey: '(subject_id) references "case" (id)' },
        attribute: { due_at: { tags: { behavior: "+orderBy" } } },
      },
    },
  },
});

const api = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [tags],
  pgServices: [makePgService({ connectionString: url, schemas: ["public"], poolConfig: { max: 12 } })],
  grafast: { explain: false },
  grafserv: { graphiql: false, watch: false, websockets: false },
});
const server = createServer();
await api.createServ(grafserv).addTo(server);
server.listen(Number(port), "127.0.0.1");
