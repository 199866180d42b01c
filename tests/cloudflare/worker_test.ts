import { testHttpApi } from "../http_suite/http_suite.ts";
import { serveWorkerd } from "./workerd.ts";

testHttpApi("src/worker.ts on workerd", (settings) => serveWorkerd(settings));
