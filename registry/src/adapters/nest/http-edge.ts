import "reflect-metadata";
import type { AddressInfo } from "node:net";
import { Body, Controller, Get, HttpException, Inject, Module, Post, Req, Res } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { isTallyError, MAX_ADD_CHECKPOINT_BYTES, parseTilePath } from "@tallystick/proto";
import type { Request, Response } from "express";
import { rateLimit } from "express-rate-limit";
import type { LogReader } from "../../ports/log-reader.ts";
import type { WitnessAnswer } from "../../witness/plan-cosign.ts";

/** What the HTTP side serves: logs at their C2SP paths, and a witness where there is one. */
export interface HttpEdgeOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Log of that origin; its files are below `/<origin>/`. */
  readonly logOf: (origin: string) => LogReader | undefined;
  /** How many requests one address may send in ten seconds. Default 10,000. */
  readonly requestsPerTenSeconds?: number;
  /** Answers tlog-witness requests. */
  readonly addCheckpoint?: (body: string) => Promise<WitnessAnswer>;
  /** The newest note that the witness cosigned of an origin, by its id (`cosignedPath`). */
  readonly cosigned?: (id: string) => Promise<string | undefined>;
}

export interface HttpEdge {
  readonly port: number;
  close(): Promise<void>;
}

const LOGS = Symbol("logs");
const WITNESS = Symbol("witness");

const RATE_WINDOW_MS = 10_000;
const REQUESTS_PER_TEN_SECONDS = 10_000;
const MAX_CONNECTIONS = 1_024;

/** Tiles and bundles of full width never change; checkpoints do. */
const IMMUTABLE = "public, max-age=31536000, immutable";

@Controller()
class LogController {
  readonly #logOf: HttpEdgeOptions["logOf"];

  constructor(@Inject(LOGS) logOf: HttpEdgeOptions["logOf"]) {
    this.#logOf = logOf;
  }

  @Get("health")
  health(): { status: "ok" } {
    return { status: "ok" };
  }

  /** `<origin>/checkpoint`, `<origin>/tile/<L>/<N>[.p/<W>]`, `<origin>/tile/entries/<N>[.p/<W>]` (tlog-tiles v0.1.0). */
  @Get("*path")
  async file(@Req() request: Request, @Res() response: Response): Promise<void> {
    const path = request.path.slice(1);
    const at = path.search(/\/(?:checkpoint$|tile\/)/);
    const log = at < 0 ? undefined : this.#logOf(path.slice(0, at));
    if (log === undefined) throw new HttpException("no such log", 404);
    const file = path.slice(at + 1);
    if (file === "checkpoint") {
      response.set("cache-control", "no-cache").type("text/plain; charset=utf-8").send(log.checkpoint());
      return;
    }
    try {
      const tile = parseTilePath(file);
      const bytes =
        tile.kind === "entries"
          ? await log.readEntryBundle(tile.index, tile.width)
          : await log.readTile(tile.level, tile.index, tile.width);
      response.set("cache-control", IMMUTABLE).type("application/octet-stream").send(Buffer.from(bytes));
    } catch (error) {
      if (isTallyError(error, "TILE_MALFORMED") || isTallyError(error, "LOG_RANGE_INVALID")) {
        throw new HttpException(error.code, 404);
      }
      throw error;
    }
  }
}

type WitnessOptions = Required<Pick<HttpEdgeOptions, "addCheckpoint" | "cosigned">>;

@Controller()
class WitnessController {
  readonly #witness: WitnessOptions;

  constructor(@Inject(WITNESS) witness: WitnessOptions) {
    this.#witness = witness;
  }

  @Get("cosigned/:id")
  async cosigned(@Req() request: Request, @Res() response: Response): Promise<void> {
    const note = await this.#witness.cosigned(request.path.slice("/cosigned/".length));
    if (note === undefined) throw new HttpException("nothing cosigned of that log", 404);
    response.set("cache-control", "no-cache").type("text/plain; charset=utf-8").send(note);
  }

  @Post("add-checkpoint")
  async addCheckpoint(@Body() body: unknown, @Res() response: Response): Promise<void> {
    const answer = await this.#witness.addCheckpoint(typeof body === "string" ? body : "");
    response.status(answer.status).type(answer.contentType).send(answer.body);
  }
}

@Module({})
class EdgeModule {}

/** Serves over plain HTTP: public bytes that verify themselves, so that existing log tools can read them. */
export async function serveHttp(options: HttpEdgeOptions): Promise<HttpEdge> {
  const { addCheckpoint, cosigned = async () => undefined } = options;
  const controllers = addCheckpoint === undefined ? [LogController] : [WitnessController, LogController];
  const providers = [
    { provide: LOGS, useValue: options.logOf },
    { provide: WITNESS, useValue: { addCheckpoint, cosigned } },
  ];
  const app = await NestFactory.create<NestExpressApplication>(
    { module: EdgeModule, controllers, providers },
    { logger: false, bodyParser: false },
  );
  app.disable("x-powered-by");
  app.use(
    rateLimit({
      windowMs: RATE_WINDOW_MS,
      limit: options.requestsPerTenSeconds ?? REQUESTS_PER_TEN_SECONDS,
      standardHeaders: "draft-8",
      legacyHeaders: false,
      message: "too many requests: wait as long as the header says, then go on\n",
    }),
  );
  // Nothing that is sent here is packed: unpacking would cost more than what was sent.
  app.useBodyParser("text", { type: () => true, limit: MAX_ADD_CHECKPOINT_BYTES, inflate: false });
  await app.listen(options.port, options.host);
  const server = app.getHttpServer();
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = 15_000;
  server.headersTimeout = 10_000;
  server.keepAliveTimeout = 10_000;
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await app.close();
    },
  };
}
