import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENGINE_FOLDER } from './catalogue.ts';
import { isInstalled, run, tryRun } from './provision.ts';

/** What Maven brings: a server and all that it needs, as jars. */
const MAVEN_ENGINES = {
  kafka: {
    executable: 'ats-kafka',
    version: '4.1.2',
    dependencies: ['org.apache.kafka:kafka_2.13:4.1.2'],
    javaOptions: '-Xms256m -Xmx512m -XX:+UseSerialGC',
  },
  dynamodb: {
    executable: 'ats-dynamodb-local',
    version: '2.6.1',
    // Rhino runs the few lines that bind the server to the loopback interface.
    dependencies: ['com.amazonaws:DynamoDBLocal:2.6.1', 'org.mozilla:rhino:1.7.15'],
    javaOptions: '-Xms64m -Xmx512m -XX:+UseSerialGC',
  },
} as const;

const JAVA_MAJOR_MIN = 17;

/** @returns the major version of the Java on the PATH; 0 where there is none. */
function javaMajor(): number {
  const { stdout, status } = tryRun('java', ['--version'], { capture: true });
  return status === 0 ? Number(/\d+/.exec(stdout)?.[0] ?? 0) : 0;
}

/** @returns the Debian packages without which Kafka and DynamoDB Local cannot be had or run. */
export function missingJavaPackages(): readonly string[] {
  return [
    ...(javaMajor() < JAVA_MAJOR_MIN ? ['openjdk-17-jre-headless'] : []),
    ...(isInstalled('mvn') ? [] : ['maven']),
  ];
}

function projectOf(dependencies: readonly string[]): string {
  const entries = dependencies.map((one) => {
    const [group, artifact, version] = one.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>
      <version>${version}</version></dependency>`;
  });
  return `<project><modelVersion>4.0.0</modelVersion>
    <groupId>ats</groupId><artifactId>engines</artifactId><version>1</version>
    <dependencies>${entries.join('')}</dependencies></project>`;
}

/**
 * Copies a server's jars into `ENGINE_FOLDER` and writes a launcher beside them, whose arguments
 * are a main class and its own. The launcher comes last: where it is, all is.
 */
export async function installMavenEngine(name: keyof typeof MAVEN_ENGINES): Promise<void> {
  const { executable, version, dependencies, javaOptions } = MAVEN_ENGINES[name];
  const work = await mkdtemp(join(tmpdir(), `ats-${name}-`));
  const folder = `${executable}-${version}`;
  const target = join(ENGINE_FOLDER, folder);
  const draft = `${target}.${process.pid}`;
  try {
    await writeFile(join(work, 'pom.xml'), projectOf(dependencies));
    await mkdir(ENGINE_FOLDER, { recursive: true });
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime'];
    run('mvn', ['-B', '-q', ...goal, `-DoutputDirectory=${draft}`], { cwd: work });
    await rm(target, { recursive: true, force: true });
    await rename(draft, target);
    const launcher = join(ENGINE_FOLDER, executable);
    const options = `${javaOptions} -Djava.library.path="$jars" -cp "$jars/*"`;
    const script = `#!/bin/sh\njars="\${0%/*}/${folder}"\nexec java ${options} "$@"\n`;
    await writeFile(`${launcher}.${process.pid}`, script);
    await chmod(`${launcher}.${process.pid}`, 0o755);
    await rename(`${launcher}.${process.pid}`, launcher);
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(draft, { recursive: true, force: true });
  }
}
