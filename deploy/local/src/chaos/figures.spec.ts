import { figuresIn, totalOf } from './figures.js';

const page = `# HELP lyceum_outbox_pending_documents Documents whose events have not left yet
# TYPE lyceum_outbox_pending_documents gauge
lyceum_outbox_pending_documents{collection="payments",service="billing"} 3
lyceum_outbox_pending_documents{collection="the \\"other\\"",service="billing"} 0.5
process_cpu_seconds_total 1.5e-7
`;

describe('the metrics of an instance', () => {
  it('are read with their labels', () => {
    const figures = figuresIn(page);
    expect(figures).toHaveLength(3);
    expect(figures[0]).toEqual({
      name: 'lyceum_outbox_pending_documents',
      labels: { collection: 'payments', service: 'billing' },
      value: 3,
    });
    expect(figures[2]?.value).toBe(1.5e-7);
  });

  it('are summed over labels and instances', () => {
    expect(totalOf([figuresIn(page), figuresIn(page)], 'lyceum_outbox_pending_documents')).toBe(7);
    expect(totalOf([figuresIn(page)], 'lyceum_no_such')).toBe(0);
  });
});
