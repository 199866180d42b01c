# Tern with the small model of this repository. Other models: mount a folder at /app/.tern/models and set TERN_MODEL.
#
#   docker build -t tern .
#   docker run -p 8000:8000 -v tern:/app/.tern -e TERN_API_KEYS=acme=sha256:... tern
#
# Steps use relative paths only, so that `deno task container` can run them without Docker.
FROM denoland/deno:2.9.6

WORKDIR /app
ENV DENO_DIR=./.deno DENO_NO_UPDATE_CHECK=1 HOST=0.0.0.0 PORT=8000 TERN_DATA=./.tern TERN_STORE=sqlite

COPY deno.json deno.lock ./
COPY src ./src
COPY models/tern-7m ./models/tern-7m
# Everything that a start loads, so that it needs no network.
RUN deno cache --quiet src/main.ts src/serve.ts src/engine/worker_main.ts
# Packed weights are copied as they are.
RUN deno run -A src/cli/main.ts convert models/tern-7m models/packed --to packed && rm -r models/tern-7m && mv models/packed models/tern-7m
RUN mkdir -p .tern && chown -R deno:deno .tern .deno

USER deno
VOLUME /app/.tern
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["deno", "eval", "--quiet", "const reply = await fetch(`http://127.0.0.1:${Deno.env.get('PORT')}/health/ready`); Deno.exit(reply.ok ? 0 : 1)"]
CMD ["deno", "run", "--cached-only", "--v8-flags=--max-semi-space-size=2", "--no-prompt", "--allow-net", "--allow-read", "--allow-write=./.tern", "--allow-env", "--allow-sys", "src/main.ts"]
