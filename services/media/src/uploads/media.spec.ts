import { type Media, accept, allowUpload, disown, nameOf, reject } from './media.js';
import { safeFileName } from './file-kinds.js';

const at = new Date('2026-11-20T09:00:00Z');
const limits = { image: 1_000, video: 10_000, document: 1_000, resource: 1_000 };
const wish = { fileName: 'welcome.mp4', contentType: 'video/mp4', size: 5_000 };
const allow = (over: Partial<typeof wish> = {}) => allowUpload('m1', 'grace', { ...wish, ...over }, limits, at);

describe('a wish to upload', () => {
  it('is granted for an allowed type, size and name', () => {
    expect(allow().state).toMatchObject({ kind: 'video', state: { status: 'awaiting', expiresAt: at } });
    expect(allow({ fileName: 'old.AVI', contentType: 'video/x-msvideo; codecs=x' }).state.contentType).toBe(
      'video/vnd.avi',
    );
  });
  it('is refused for another type, a name that does not fit it, and too many bytes', () => {
    expect(() => allow({ contentType: 'application/x-msdownload' })).toThrow(
      expect.objectContaining({ code: 'media.type-not-allowed' }),
    );
    expect(() => allow({ fileName: 'welcome.mp4.exe' })).toThrow(
      expect.objectContaining({ code: 'media.type-not-allowed' }),
    );
    expect(() => allow({ size: 10_001 })).toThrow(
      expect.objectContaining({ code: 'media.too-large', members: { maxBytes: 10_000 } }),
    );
  });
});

describe('a file', () => {
  const media: Media = allow().state;
  const file = { key: 'media/m1/x', etag: '"e"' };
  it('is announced once when it is ready, and stays what it became', () => {
    const ready = accept(media, file, at);
    expect(ready.events.map((event) => event.type)).toEqual(['media.ready.v1']);
    expect(accept(ready.state, { ...file, key: 'other' }, at)).toMatchObject({ changed: false });
    expect(reject(ready.state, 'late', at)).toMatchObject({ changed: false });
  });
  it('loses the name that its owner gave it when the owner is no more, and is called what it is', () => {
    const ready = accept(media, file, at).state;
    expect(nameOf(ready)).toBe('welcome.mp4');
    const disowned = disown(ready, at);
    expect(disowned).toMatchObject({ changed: true, events: [], state: { fileName: '', ownerErasedAt: at } });
    expect(nameOf(disowned.state)).toBe('video.mp4');
    expect(disown(disowned.state, new Date(0)).changed).toBe(false);
    // what comes of an upload after that says no name either
    expect(JSON.stringify(accept(disown(media, at).state, file, at))).not.toContain('welcome');
    expect(JSON.stringify(reject(disown(media, at).state, 'late', at))).not.toContain('welcome');
  });
  it('is announced once when it is rejected, and cannot become ready any more', () => {
    const rejected = reject(media, 'is a program', at);
    expect(rejected.events.map((event) => event.type)).toEqual(['media.rejected.v1']);
    expect(accept(rejected.state, file, at)).toMatchObject({ changed: false });
  });
});

it('file names lose paths, control characters and what headers and disks trip over', () => {
  expect(safeFileName('../../etc/passwd')).toBe('passwd');
  expect(safeFileName('C:\\x\\a"b\r\n.png')).toBe('ab.png');
  expect(safeFileName('..')).toBe('file');
  expect(safeFileName('Übung 1.pdf')).toBe('Übung 1.pdf');
});
