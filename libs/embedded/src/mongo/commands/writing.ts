import { ObjectId } from 'bson';
import { updatePipeline, type Variables } from '../aggregate/pipeline.js';
import { CommandError, failedToParse } from '../errors.js';
import type { StoredDoc } from '../storage/collection.js';
import { compileUpdate, idFirst, isReplacement, type Update, upsertSeed } from '../update/update.js';
import { collationOf } from '../values/collation.js';
import { type Doc, isDoc, toNumber, typeName } from '../values/document.js';
import { type Answer, type Command, documents, type Handler, type Host } from './command.js';
import { docField, docList, flag, hintField } from './fields.js';
import { refuseUnknownStatementFields } from './known-fields.js';
import { filterContext, run } from './query.js';
import { projectionFor } from './reading.js';
import { perform, WriteCommand } from './write-command.js';

const withErrors = (answer: Doc, errors: readonly Doc[]): Doc =>
  errors.length > 0 ? { ...answer, writeErrors: errors, ok: 1 } : { ...answer, ok: 1 };

/** Checks an `_id` and puts it in front; makes one where there is none. */
function withId(doc: Doc): Doc {
  if (!Object.hasOwn(doc, '_id')) return { _id: new ObjectId(), ...doc };
  const { _id } = doc;
  if (Array.isArray(_id) || typeName(_id) === 'regex')
    throw new CommandError(53, `The '_id' value cannot be of type ${typeName(_id)}`);
  if (isDoc(_id)) {
    const operator = Object.keys(_id).find((key) => key.startsWith('$'));
    if (operator)
      throw new CommandError(
        52,
        `_id fields may not contain '$'-prefixed fields: ${operator} is not valid for storage.`,
      );
  }
  return idFirst(doc);
}

const insert: Handler = async (command, host) => {
  const writing = await WriteCommand.begin(command, host);
  const docs = documents(command, 'documents');
  let n = 0;
  const errors = await perform(writing, docs.length, (index) => {
    const given = docs[index];
    if (!given) return;
    writing.once(index, () => {
      const doc = withId(given.doc);
      // the bytes may be kept as they came when nothing was moved; they are a part of the message, so they are copied
      const bytes = given.bytes && doc === given.doc ? Buffer.from(given.bytes) : undefined;
      writing.target.insert(doc, bytes);
      return { n: 1 };
    });
    n++;
  });
  return withErrors({ n, ...writing.repetitions }, errors);
};

interface UpdateStatement {
  readonly filter: Doc;
  readonly update: unknown;
  readonly upsert: boolean;
  readonly multi: boolean;
  readonly arrayFilters: readonly Doc[];
  readonly collation: Doc | undefined;
  readonly sort?: Doc | undefined;
  readonly hint?: string | Doc | undefined;
  readonly variables: Variables;
}

function compiled(statement: UpdateStatement): Update {
  const { filter, update, arrayFilters, collation, variables } = statement;
  if (isReplacement(update) && statement.multi)
    throw failedToParse('multi update is not supported for replacement-style update');
  return compileUpdate(update, {
    context: filterContext(variables, collationOf(collation)),
    arrayFilters,
    now: variables.now,
    compilePipeline: updatePipeline(variables),
    filter,
  });
}

function upserted(writing: WriteCommand, statement: UpdateStatement, update: Update): StoredDoc {
  const seed = upsertSeed(statement.filter);
  const start = isReplacement(statement.update) ? (Object.hasOwn(seed, '_id') ? { _id: seed['_id'] } : {}) : seed;
  const doc = withId(update(start, { inserting: true }));
  return writing.target.insert(doc);
}

function updateStatement(item: Doc, variables: Variables): UpdateStatement {
  const filter = docField(item, 'q', 'update.updates') ?? {};
  const constants = docField(item, 'c', 'update.updates');
  return {
    filter,
    update: item['u'],
    upsert: flag(item, 'upsert'),
    multi: flag(item, 'multi'),
    arrayFilters:
      item['arrayFilters'] === undefined ? [] : docList(item['arrayFilters'], 'arrayFilters', 'update.updates'),
    collation: docField(item, 'collation', 'update.updates'),
    sort: docField(item, 'sort', 'update.updates'),
    hint: hintField(item, 'update.updates'),
    variables: constants ? { ...variables, let: { ...variables.let, ...constants } } : variables,
  };
}

function performUpdate(writing: WriteCommand, statement: UpdateStatement): Doc {
  const { filter, multi, collation, sort, variables } = statement;
  const update = compiled(statement);
  const { existing } = writing;
  const found = existing
    ? run(existing.source, { filter, collation, sort, hint: statement.hint, variables, limit: multi ? 0 : 1 })
    : [];
  if (found.length === 0) {
    if (!statement.upsert) return { n: 0, nModified: 0 };
    return { n: 1, nModified: 0, upserted: { _id: upserted(writing, statement, update).doc['_id'] } };
  }
  let nModified = 0;
  for (const { stored } of found) {
    const next = writing.target.replace(stored, update(stored.doc, { inserting: false }));
    if (next !== stored) nModified++;
  }
  return { n: found.length, nModified };
}

const missing = (where: string) => new CommandError(40414, `BSON field '${where}' is missing but a required field`);

function refuseBadUpdate(item: Doc): void {
  refuseUnknownStatementFields('update.updates', item);
  for (const field of ['q', 'u']) if (item[field] === undefined) throw missing(`update.updates.${field}`);
  if (!isDoc(item['u']) && !Array.isArray(item['u']))
    throw failedToParse('Update argument must be either an object or an array');
  flag(item, 'multi');
  flag(item, 'upsert');
}

const update: Handler = async (command, host) => {
  const writing = await WriteCommand.begin(command, host);
  const items = documents(command, 'updates');
  for (const { doc } of items) refuseBadUpdate(doc);
  let [n, nModified] = [0, 0];
  const inserted: Doc[] = [];
  const errors = await perform(writing, items.length, (index) => {
    const result = writing.once(index, () =>
      performUpdate(writing, updateStatement(items[index]?.doc ?? {}, writing.variables)),
    );
    n += toNumber(result['n']) ?? 0;
    nModified += toNumber(result['nModified']) ?? 0;
    const made = result['upserted'];
    if (isDoc(made)) inserted.push({ index, _id: made['_id'] });
  });
  const counts = { n, nModified, ...writing.repetitions };
  return withErrors(inserted.length > 0 ? { ...counts, upserted: inserted } : counts, errors);
};

const remove: Handler = async (command, host) => {
  const writing = await WriteCommand.begin(command, host);
  const items = documents(command, 'deletes');
  for (const { doc } of items) {
    refuseUnknownStatementFields('delete.deletes', doc);
    for (const field of ['q', 'limit']) if (doc[field] === undefined) throw missing(`delete.deletes.${field}`);
    const limit = toNumber(doc['limit']);
    if (limit !== 0 && limit !== 1)
      throw failedToParse(`The limit field in delete objects must be 0 or 1. Got ${limit ?? typeName(doc['limit'])}`);
  }
  let n = 0;
  const errors = await perform(writing, items.length, (index) => {
    const item = items[index]?.doc ?? {};
    const filter = docField(item, 'q', 'delete.deletes') ?? {};
    const limit = toNumber(item['limit']);
    const result = writing.once(index, () => {
      const { existing, variables } = writing;
      const collation = docField(item, 'collation', 'delete.deletes');
      const hint = hintField(item, 'delete.deletes');
      const found = existing ? run(existing.source, { filter, limit, collation, hint, variables }) : [];
      for (const { stored } of found) existing?.remove(stored);
      return { n: found.length };
    });
    n += toNumber(result['n']) ?? 0;
  });
  return withErrors({ n, ...writing.repetitions }, errors);
};

function findAndChange(writing: WriteCommand): Doc {
  const { body } = writing.command;
  const { variables, existing } = writing;
  const name = 'findAndModify';
  const removing = flag(body, 'remove');
  const wantsNew = flag(body, 'new');
  const updating = body['update'] !== undefined && body['update'] !== null;
  if (removing && updating) throw failedToParse("Cannot specify both an 'update' and 'remove'=true");
  if (removing && wantsNew)
    throw failedToParse(
      "Cannot specify both 'new'=true and 'remove'=true; 'remove' always returns the deleted document",
    );
  if (removing && flag(body, 'upsert')) throw failedToParse("Cannot specify both 'upsert'=true and 'remove'=true");
  if (!removing && !updating) throw failedToParse("Either an 'update' or 'remove'=true must be specified");
  const query = {
    filter: docField(body, 'query', name) ?? {},
    sort: docField(body, 'sort', name),
    limit: 1,
    collation: docField(body, 'collation', name),
    hint: hintField(body, name),
    variables,
  };
  const projection = projectionFor(docField(body, 'fields', name), query);
  const shown = (doc: Doc | undefined) => (doc === undefined ? null : projection ? projection(doc) : doc);
  const statement: UpdateStatement = {
    filter: query.filter,
    update: body['update'],
    upsert: flag(body, 'upsert'),
    multi: false,
    arrayFilters: body['arrayFilters'] === undefined ? [] : docList(body['arrayFilters'], 'arrayFilters', name),
    collation: query.collation,
    variables,
  };
  const change = updating ? compiled(statement) : undefined;
  const [match] = existing ? run(existing.source, query) : [];
  if (match && !change) {
    writing.target.remove(match.stored);
    return { lastErrorObject: { n: 1 }, value: shown(match.doc) };
  }
  if (match && change) {
    const next = writing.target.replace(match.stored, change(match.stored.doc, { inserting: false }));
    return { lastErrorObject: { n: 1, updatedExisting: true }, value: shown(wantsNew ? next.doc : match.doc) };
  }
  if (!change) return { lastErrorObject: { n: 0 }, value: null };
  if (!statement.upsert) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null };
  const { doc } = upserted(writing, statement, change);
  return {
    lastErrorObject: { n: 1, updatedExisting: false, upserted: doc['_id'] },
    value: wantsNew ? shown(doc) : null,
  };
}

const findAndModify = async (command: Command, host: Host): Promise<Answer> => {
  const writing = await WriteCommand.begin(command, host);
  let result: Doc = {};
  await writing.carryOut(
    1,
    () => {
      result = writing.once(0, () => findAndChange(writing));
    },
    (_, error) => {
      throw error;
    },
  );
  return { ...result, ...writing.repetitions, ok: 1 };
};

export const writeCommands: Record<string, Handler> = {
  insert,
  update,
  delete: remove,
  findAndModify,
  findandmodify: findAndModify,
};
