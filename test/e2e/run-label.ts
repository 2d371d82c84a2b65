/** The label of every namespace that a run makes, so that the run can remove them all. */
export const RUN_LABEL = 'aiops-operator.dev/e2e-run'
