import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STATE_TABLES } from '@ats/storage';
import { describeWhen } from '@ats/testkit';
import { parse } from '@cdktf/hcl2json';
import { PREFIXES } from '../../src/domain/archive-names.ts';

const FOLDER = fileURLToPath(new URL('../../../../infra/terraform/aws', import.meta.url));

/** A block's contents, however deep. */
type Block = Record<string, unknown>;
type Blocks = Record<string, Record<string, readonly Block[]>>;

/** All files as one configuration: blocks by section, type and name, or by section and name. */
async function configuration(): Promise<{
  readonly typed: Record<string, Blocks>;
  readonly named: Record<string, Record<string, readonly Block[]>>;
  readonly locals: readonly Block[];
}> {
  const typed: Record<string, Blocks> = { resource: {}, data: {} };
  const named: Blocks = { variable: {}, output: {} };
  const locals: Block[] = [];
  for (const file of readdirSync(FOLDER).filter((one) => one.endsWith('.tf'))) {
    const parsed = await parse(file, readFileSync(join(FOLDER, file), 'utf8'));
    for (const [section, blocks] of Object.entries(typed)) {
      for (const [type, found] of Object.entries((parsed[section] ?? {}) as Blocks)) {
        blocks[type] = { ...blocks[type], ...found };
      }
    }
    for (const [section, blocks] of Object.entries(named)) {
      Object.assign(blocks, parsed[section]);
    }
    locals.push(...((parsed['locals'] ?? []) as Block[]));
  }
  return { typed, named, locals };
}

describe('the Terraform of AWS', () => {
  let whole: Awaited<ReturnType<typeof configuration>>;
  beforeAll(async () => {
    whole = await configuration();
  });

  const resource = (type: string, name: string): Block => {
    const block = whole.typed['resource']?.[type]?.[name]?.[0];
    if (block === undefined) throw new Error(`there is no resource ${type}.${name}`);
    return block;
  };
  const statements = (name: string): readonly Block[] =>
    (whole.typed['data']?.['aws_iam_policy_document']?.[name]?.[0]?.['statement'] ?? []) as Block[];
  const statement = (document: string, sid: string): Block => {
    const found = statements(document).find((one) => one['sid'] === sid);
    if (found === undefined) throw new Error(`${document} has no statement ${sid}`);
    return found;
  };

  it('makes the tables that the state store has, keyed as its adapter keys them', () => {
    const listed = whole.locals.map((block) => String(block['tables'] ?? '')).join('');
    expect([...listed.matchAll(/"([a-z]+)"/g)].map(([, table]) => table)).toEqual([
      ...STATE_TABLES,
    ]);
    expect(resource('aws_dynamodb_table', 'state')).toMatchObject({
      hash_key: '_partition',
      range_key: '_sort',
      attribute: [
        { name: '_partition', type: 'S' },
        { name: '_sort', type: 'S' },
      ],
      ttl: [{ attribute_name: '_timeToLive', enabled: true }],
      point_in_time_recovery: [{ enabled: true }],
      lifecycle: [{ prevent_destroy: true }],
    });
  });

  it('locks, encrypts and hides the bucket of the archive', () => {
    expect(resource('aws_s3_bucket', 'archive')).toMatchObject({
      object_lock_enabled: true,
      lifecycle: [{ prevent_destroy: true }],
    });
    const lock = resource('aws_s3_bucket_object_lock_configuration', 'archive');
    const mode = expect.stringContaining('var.archive_lock_mode');
    expect(lock).toMatchObject({ rule: [{ default_retention: [{ mode }] }] });
    expect(resource('aws_s3_bucket_versioning', 'archive')).toMatchObject({
      versioning_configuration: [{ status: 'Enabled' }],
    });
    expect(resource('aws_s3_bucket_public_access_block', 'archive')).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(resource('aws_s3_bucket_server_side_encryption_configuration', 'archive')).toMatchObject(
      {
        rule: [{ apply_server_side_encryption_by_default: [{ sse_algorithm: 'aws:kms' }] }],
      },
    );
  });

  it('refuses what does not come by TLS, overwrites or removes', () => {
    expect(statement('archive', 'OnlyByTls')).toMatchObject({
      effect: 'Deny',
      actions: ['s3:*'],
      condition: [{ variable: 'aws:SecureTransport', values: ['false'] }],
    });
    expect(statement('archive', 'OnlyWhereThereIsNone')).toMatchObject({
      effect: 'Deny',
      actions: ['s3:PutObject'],
      condition: [
        { test: 'Null', variable: 's3:if-none-match', values: ['true'] },
        { test: 'Bool', variable: 's3:ObjectCreationOperation', values: ['true'] },
      ],
    });
    const { effect, actions } = statement('archive', 'NobodyRemoves');
    expect(effect).toBe('Deny');
    const removing = ['s3:BypassGovernanceRetention', 's3:DeleteObject', 's3:DeleteObjectVersion'];
    expect(actions).toEqual(expect.arrayContaining(removing));
  });

  it('gives the exporter the names that it writes, and no right to remove', () => {
    const { resources } = statement('archive_write', 'Put');
    const written = (resources as string[]).map((one) => one.replace(/^.*\.arn\}\//, ''));
    expect(written.sort()).toEqual(
      Object.values(PREFIXES)
        .map((prefix) => `${prefix}*`)
        .sort(),
    );
  });

  it('allows no role all actions, nor all resources but to ask whether the store answers', () => {
    const documents = whole.typed['data']?.['aws_iam_policy_document'] ?? {};
    const allowed = Object.keys(documents)
      .flatMap((name) => statements(name))
      .filter((one) => one['effect'] !== 'Deny');
    expect(allowed.length).toBeGreaterThan(10);
    for (const one of allowed) {
      const actions = one['actions'] as string[];
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
      expect(actions.filter((action) => /^s3:Delete|^s3:Bypass|Scan$/.test(action))).toEqual([]);
      const everywhere = ((one['resources'] ?? []) as string[]).includes('*');
      expect(everywhere).toBe(one['sid'] === 'Health');
    }
    expect(statement('tables', 'Health')['actions']).toEqual(['dynamodb:ListTables']);
  });

  it('describes every variable and every output', () => {
    for (const blocks of Object.values(whole.named)) {
      expect(Object.keys(blocks).length).toBeGreaterThan(3);
      for (const [name, [block]] of Object.entries(blocks)) {
        const description = block?.['description'];
        expect({ name, description }).toEqual({ name, description: expect.stringMatching(/\.$/) });
      }
    }
  });
});

const terraform = spawnSync('terraform', ['version'], { encoding: 'utf8' });
const need = {
  available: terraform.status === 0,
  reason: 'no terraform found. Put Terraform 1.5 or newer on the PATH.',
};

describeWhen(need, 'terraform', () => {
  it('finds nothing to format', () => {
    const { status, stdout } = spawnSync('terraform', ['fmt', '-check', '-diff', FOLDER], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});
