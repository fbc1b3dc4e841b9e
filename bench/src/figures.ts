import type { Spread } from './statistics.js';

/** 12345.6 -> 12,346 */
export const count = (value: number): string => Math.round(value).toLocaleString('en');
/** Milliseconds with what matters of them. */
export const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0)} ms`;
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
export const spread = ({ least, most }: Spread): string => `${least.toFixed(2)} – ${most.toFixed(2)}`;
