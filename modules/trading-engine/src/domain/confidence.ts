/** What speaks for an edge still being there when the orders arrive. */
export interface ConfidenceInputs {
  /** Age over its limit, of the oldest book that takes part; 0 is fresh, 1 is at the limit. */
  readonly ageShare: number;
  /** Base on offer in the walked levels of the thinner book, over the quantity to take. */
  readonly depthRatio: number;
  /** Net edge of the whole size, basis points. */
  readonly edgeBps: number;
  /** Recent mean move of both mid prices from update to update, basis points. */
  readonly volatilityBps: number;
  /** How long the edge has stood, over the time after which standing adds nothing. */
  readonly persistenceShare: number;
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/**
 * The geometric mean of four shares, each from 0 to 1, so that one bad sign cannot be outvoted:
 *
 * - freshness `1 - ageShare`;
 * - depth `min(1, depthRatio / 2)`: full when twice the size is on offer;
 * - strength `edge / (edge + volatility)`: a half when the edge is one typical move;
 * - persistence `(1 + persistenceShare) / 2`: a half for an edge seen this instant.
 *
 * A heuristic of this project, monotone in each input; it ranks edges, it is no probability.
 * @returns 0 to 1.
 */
export function confidenceOf(inputs: ConfidenceInputs): number {
  const freshness = clamp(1 - inputs.ageShare);
  const depth = clamp(inputs.depthRatio / 2);
  const edge = Math.max(0, inputs.edgeBps);
  const strength = edge === 0 ? 0 : edge / (edge + Math.max(0, inputs.volatilityBps));
  const persistence = (1 + clamp(inputs.persistenceShare)) / 2;
  return Math.sqrt(Math.sqrt(freshness * depth * strength * persistence));
}
