import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { contractsRoot } from '@ats/contracts';
import protobuf from 'protobufjs';
import { referenceArtifacts } from '../reference/artifacts.ts';
import { anchorOf } from '../reference/markdown.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const artifacts = referenceArtifacts();
const pages = new Map(Object.entries(artifacts).filter(([path]) => path.endsWith('.md')));

const anchorsOf = (page: string | undefined = ''): readonly string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

describe('docs/reference', () => {
  it.each(Object.entries(artifacts))(
    '%s is what is generated (npm run docs:reference)',
    (path, text) => {
      expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
    },
  );

  it.each([...pages])('%s links to headings that are there', (path, text) => {
    const links = [...text.matchAll(/\]\(([^)#\s]*)#([^)]+)\)/g)];
    const broken = links.filter(([, target = '', anchor = '']) => {
      const page = target === '' ? path : normalize(join(dirname(path), target));
      return pages.has(page) && !anchorsOf(pages.get(page)).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

describe('docs/reference/grpc', () => {
  const areas = (contractsRoot().lookup('ats') as protobuf.Namespace).nestedArray;

  it.each(areas)(
    '$name has every method, message and enum once and no other',
    ({ name, ...area }) => {
      const page = pages.get(`docs/reference/grpc/${name}.md`) ?? '';
      const told = [...page.matchAll(/^### (\w+)$|^\| \*\*(\w+)\*\*/gm)].map(
        (found) => found[1] ?? found[2],
      );
      expect(told.toSorted()).toEqual(namesIn(area as protobuf.Namespace).toSorted());
    },
  );
});

/** Names of messages, enums and methods, at any depth. */
function namesIn({ nested = {} }: protobuf.Namespace): readonly string[] {
  return Object.values(nested).flatMap((one) => {
    if (one instanceof protobuf.Service) return Object.keys(one.methods);
    const inner = one instanceof protobuf.Namespace ? namesIn(one) : [];
    return one instanceof protobuf.Namespace && !(one instanceof protobuf.Type)
      ? inner
      : [one.name, ...inner];
  });
}
