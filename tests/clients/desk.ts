// Where the desk is and who asks, as make test-clients passes it on; and what each client has to show in the end.
export const address: string = process.env["DESK"] ?? "";
export const token: string = process.env["DESK_TOKEN"] ?? "";
export const authorization: string = `Bearer ${token}`;

export function same(found: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
  }
}

/** Ends the program with what went wrong, or by itself once all is done. */
export function main(work: () => Promise<void>): void {
  const late = setTimeout(() => fail(new Error("no end after 60 s")), 60_000);
  work().then(
    () => {
      clearTimeout(late);
      process.exit(0);
    },
    fail,
  );
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
