import type { Clock } from '@ats/runtime';
import type { VenueConnection } from '../../../app/dialect-server.ts';

const PING_EVERY_US = 20_000_000;
const PONG_WITHIN_US = 60_000_000;
/** A connection is cut after a day, however healthy. */
const LIFE_US = 86_400_000_000;

/** Binance's pings, and what ends a connection of its. */
export class Keepalive {
  private readonly connection: VenueConnection;
  private readonly clock: Clock;
  private readonly openedUs: number;
  private pingedUs: number;
  private pongedUs: number;

  constructor(connection: VenueConnection, clock: Clock) {
    this.connection = connection;
    this.clock = clock;
    this.openedUs = clock.nowUs();
    this.pingedUs = this.openedUs;
    this.pongedUs = this.openedUs;
  }

  ponged(): void {
    this.pongedUs = this.clock.nowUs();
  }

  tick(): void {
    const now = this.clock.nowUs();
    if (now - this.openedUs >= LIFE_US) this.connection.close(1000, 'Connection lifetime exceeded');
    if (this.pingedUs - this.pongedUs > PONG_WITHIN_US) this.connection.close(1008, 'Pong timeout');
    if (now - this.pingedUs < PING_EVERY_US) return;
    this.pingedUs = now;
    this.connection.ping();
  }
}
