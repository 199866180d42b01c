/** @jsxImportSource hono/jsx */
/** @jsxRuntime automatic */

/** The shell of the page that shows `/openapi.json`. The script adds the content. */
export const Reference = ({ script }: { script: string }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>Tern: the API</title>
      <link rel="icon" href="data:," />
      <script type="module" src={script} />
    </head>
    <body>
      <main id="reference" />
    </body>
  </html>
);
