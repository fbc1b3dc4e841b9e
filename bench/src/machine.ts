import { cpus, totalmem } from 'node:os';
import { connect } from 'amqplib';
import type { DatabaseServer } from './stage.js';

/** The machine and the servers, in one sentence each. */
export async function describeMachine(databases: readonly DatabaseServer[], amqpUrl: string): Promise<string> {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const lines = [
    `${processors.length} cores (${model}), ${memory} GiB of memory, ${process.platform}`,
    `Node ${process.versions.node}, RabbitMQ ${await brokerVersion(amqpUrl)} (one node, quorum queues)`,
    ...databases.map(({ what, version }) => `${what}: speaks as MongoDB ${version}`),
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

async function brokerVersion(url: string): Promise<string> {
  const connection = await connect(url);
  const properties: Readonly<Record<string, unknown>> = { ...connection.connection.serverProperties };
  await connection.close();
  return typeof properties['version'] === 'string' ? properties['version'] : 'of unknown version';
}
