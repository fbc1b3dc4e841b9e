/** Where DocumentDB answers otherwise than MongoDB, whose answer is ours. */
export const knownDifferences: Readonly<Record<string, string>> = {
  'sort: every type upwards': 'MongoDB sorts an empty array below null',
  'update: set new fields in order of name': 'MongoDB adds new fields in the order of their names',
  'update: upsert from equality': 'MongoDB adds new fields in the order of their names',
  'update: unknown path kind': 'MongoDB answers 56 EmptyFieldName',
  'aggregate: group all': '$addToSet does not take missing values',
  'aggregate: group by document': 'a missing field is missing in the group key, and ties come in no order',
  'aggregate: add fields': 'MongoDB keeps the place of a field that is replaced',
  'aggregate: count nothing': '$count of nothing gives no document',
  'aggregate: bucket': 'MongoDB sorts the buckets',
  'aggregate: unknown expression':
    'the code is 168 where it is used in $addFields and 31325 in $project; ours is always 168',
  'error: negative skip': 'MongoDB 7 answers 51024',
  'error: array as id': 'MongoDB answers 53 InvalidIdField',
};
