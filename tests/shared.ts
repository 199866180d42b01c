/**
 * The folder of trained models, goldens and vocabularies that some tests need. It lies beside the project, is not part
 * of it, and may be absent: those tests then skip, and say so.
 */
const root = new URL("../../shared/", import.meta.url);

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch {
    return false;
  }
}

/** Whether the shared folder is there. */
export const hasShared: boolean = exists(root);

if (!hasShared) {
  console.warn(
    `SKIPPED: ${root.pathname} is absent, so every test that needs its models and goldens is skipped`,
  );
}

/** The path of a file or folder in the shared folder. */
export function shared(path: string): string {
  return new URL(path, root).pathname;
}
