/**
 * The field `repository` of the published package.json. A provenance statement is accepted only if it names the repository of the
 * workflow, so the workflow says which that is.
 */
export const repositoryOf = (url) => (url ? { repository: { type: 'git', url: `git+${url}.git` } } : {});
