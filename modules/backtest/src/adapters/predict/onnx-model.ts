import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { CLIP, type LinearModel } from '../../app/predict/ridge.ts';

const FLOAT = 1;
/** Operators and file format of ONNX 1.8, which every runtime of today reads. */
const OPERATOR_SET = 13;
const IR_VERSION = 7;

export const INPUT_NAME = 'features';
export const OUTPUT_NAME = 'changeBps';

/** Values of a model in the order that files have them. */
function tensor(name: string, dims: readonly number[], values: ArrayLike<number>) {
  const bytes = Buffer.alloc(values.length * 4);
  for (let at = 0; at < values.length; at += 1) bytes.writeFloatLE(values[at] as number, at * 4);
  return { name, dims, dataType: FLOAT, rawData: bytes };
}

/** A table of any number of rows. */
function value(name: string, width: number) {
  const dim = [{ dimParam: 'rows' }, { dimValue: width }];
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

function node(opType: string, input: readonly string[], output: string) {
  return { opType, name: output, input, output: [output] };
}

/**
 * A linear model as an ONNX file: standardise, clip, multiply, add. Weights become floats of 32
 * bits. The same model and notes give the same bytes.
 * @param notes kept in the file's metadata
 */
export function onnxOf(
  { means, deviations, weights, bias }: LinearModel,
  notes: Readonly<Record<string, string>>,
): Uint8Array {
  const schema = fileURLToPath(new URL('./onnx.proto', import.meta.url));
  const type = protobuf.loadSync(schema).lookupType('onnx.Model');
  const width = weights.length;
  const graph = {
    name: 'linear',
    input: [value(INPUT_NAME, width)],
    output: [value(OUTPUT_NAME, 1)],
    initializer: [
      tensor('means', [width], means),
      tensor('deviations', [width], deviations),
      tensor('least', [], [-CLIP]),
      tensor('most', [], [CLIP]),
      tensor('weights', [width, 1], weights),
      tensor('bias', [1], [bias]),
    ],
    node: [
      node('Sub', [INPUT_NAME, 'means'], 'centred'),
      node('Div', ['centred', 'deviations'], 'standard'),
      node('Clip', ['standard', 'least', 'most'], 'clipped'),
      node('MatMul', ['clipped', 'weights'], 'product'),
      node('Add', ['product', 'bias'], OUTPUT_NAME),
    ],
  };
  const model = {
    irVersion: IR_VERSION,
    producerName: 'ats',
    opsetImport: [{ domain: '', version: OPERATOR_SET }],
    metadataProps: Object.entries(notes).map(([key, text]) => ({ key, value: text })),
    graph,
  };
  return type.encode(type.fromObject(model)).finish();
}
