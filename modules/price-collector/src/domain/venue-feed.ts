/** Feeds one venue's markets into the collector's core, by whatever means. */
export interface VenueFeed {
  /** Connects and stays connected. Returns at once; never throws for a venue that is away. */
  start(): void;
  /** Checks for silence; called several times a second beside the core's own guard. */
  guard(nowUs: number): void;
  /** Closes every connection and timer. */
  stop(): Promise<void>;
  /** Open connections and connections wanted. */
  connections(): { readonly open: number; readonly wanted: number };
}

/** Where the frames of one connection are written down as they pass. Times in microseconds. */
export interface FrameTap {
  opened(url: string, atUs: number): void;
  sent(text: string, atUs: number): void;
  received(text: string, atUs: number): void;
  answered(url: string, body: string, atUs: number): void;
}

/** Records frames of many connections; `close` resolves when all of them are on disk. */
export interface FrameRecorder {
  connection(venue: string): FrameTap;
  close(): Promise<void>;
}
