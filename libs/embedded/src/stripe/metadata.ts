type Wished = Record<string, string | null> | null | undefined;

/** Metadata of a new object: emptied keys are not there. */
export function kept(wished: Wished): Record<string, string> {
  return merged({}, wished);
}

/** Metadata after an update: sent keys replace or (null) remove, others stay; null as a whole removes all. */
export function merged(before: Record<string, string>, wished: Wished): Record<string, string> {
  if (wished === undefined) return before;
  if (wished === null) return {};
  const after = { ...before };
  for (const [key, value] of Object.entries(wished)) {
    if (value === null) delete after[key];
    else after[key] = value;
  }
  return after;
}
