/** @jsxImportSource hono/jsx */
/** @jsxRuntime automatic */

/** What the page depends on. */
export interface PageProps {
  /** The URLs of the page's script and style sheet, with the version of their content. */
  readonly script: string;
  readonly style: string;
  /** Whether the server shares its model, so that conversations can be taken offline. */
  readonly sharesModel: boolean;
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath d='M2 8c5-2 8 1 10 5 2-4 5-7 10-5-4 1-6 4-8 9h-4C8 12 6 9 2 8z' fill='%232b7fb8'/%3E%3C/svg%3E";

const EXAMPLES = [
  "My name is Sarah, and I have a cat called Tom.",
  "Tell me a short story about a bird and a fish.",
  "What do you like to do?",
];

/** An icon, as an SVG path on a 24 x 24 grid. */
const Symbol = ({ path }: { path: string }) => (
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <path d={path} />
  </svg>
);

const Sidebar = () => (
  <nav id="sidebar" aria-label="Conversations">
    <div class="brand">
      <svg viewBox="0 0 24 24" aria-hidden="true" class="logo">
        <path d="M2 8c5-2 8 1 10 5 2-4 5-7 10-5-4 1-6 4-8 9h-4C8 12 6 9 2 8z" />
      </svg>
      <strong>Tern</strong>
    </div>
    <button id="new" type="button" class="primary">New chat</button>
    <input id="search" type="search" placeholder="Search" aria-label="Search conversations" />
    <ul id="list" />
    <button id="more" type="button" class="small" hidden>Show more</button>
    <div class="tools">
      <button id="import" type="button" class="small" title="Or drop an exported file on the page">
        Import
      </button>
      <input id="import-file" type="file" accept=".tern" hidden />
      <button id="settings" type="button" class="small">Settings</button>
      <a href="/docs" class="small">API</a>
    </div>
  </nav>
);

const Header = ({ sharesModel }: Pick<PageProps, "sharesModel">) => (
  <header>
    <button id="menu" type="button" class="icon" aria-label="Conversations" aria-expanded="false">
      <Symbol path="M4 7h16M4 12h16M4 17h16" />
    </button>
    <h1 id="title">New chat</h1>
    <select id="model" aria-label="Model" title="Model" hidden />
    <button id="move" type="button" class="small" data-offered={String(sharesModel)} hidden />
    <button id="inspect" type="button" class="small" aria-expanded="false">Inspector</button>
  </header>
);

const Welcome = () => (
  <div id="welcome">
    <h2>A memory of constant size</h2>
    <p>
      This model reads each word once. What it remembers of a conversation is one small state that
      never grows: it is stored on the server, survives a crash in the middle of an answer, and can
      be branched, exported and inspected.
    </p>
    <ul>
      {EXAMPLES.map((example) => (
        <li>
          <button type="button">{example}</button>
        </li>
      ))}
    </ul>
    <button id="compare" type="button" class="small">Compare it with a Transformer, live</button>
  </div>
);

const Composer = () => (
  <form id="form">
    <div id="reading" role="status" hidden />
    <div id="options" role="group" aria-label="Choices for all answers" />
    <div class="row">
      <button
        id="attach"
        type="button"
        class="icon"
        aria-label="Read a text file"
        title="Read a text file of any size"
      >
        <Symbol path="M8 12l6-6a3 3 0 0 1 5 4l-9 9a5 5 0 0 1-7-7l8-8" />
      </button>
      <input id="file" type="file" accept="text/*,.md,.txt,.csv,.json,.log,.tern" hidden />
      <textarea id="text" rows={1} placeholder="Write a message" aria-label="Message" />
      <button id="send" type="submit" class="primary">Send</button>
    </div>
  </form>
);

/** The shell of the page. The script adds the content. */
export const Page = ({ script, style, sharesModel }: PageProps) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>Tern</title>
      <link rel="icon" href={ICON} />
      <link rel="stylesheet" href={style} />
      <script type="module" src={script} />
    </head>
    <body>
      <Sidebar />
      <div id="scrim" />
      <main>
        <Header sharesModel={sharesModel} />
        <div id="offline" class="banner" role="status" hidden>
          The server cannot be reached. Nothing is lost: the page continues when it is back.
        </div>
        <div id="here" class="banner" role="status" hidden />
        <div id="problem" class="banner" role="alert" hidden>
          <span id="problem-text" />
          <button id="problem-close" type="button" class="small">Close</button>
        </div>
        <div id="log" role="region" aria-label="Conversation" tabindex={0}>
          <Welcome />
          <ol id="messages" />
        </div>
        <div id="status" class="visually-hidden" role="status" />
        <Composer />
      </main>
      <aside id="inspector-panel" aria-label="Inspector" hidden>
        <div class="panel-head">
          <h2>Inspector</h2>
          <button id="inspector-close" type="button" class="small">Close</button>
        </div>
        <div id="inspector" hidden />
      </aside>
      <div id="drop" hidden>Drop an exported conversation, or a text to read</div>
    </body>
  </html>
);
