export { type SampleGroup, sampleGroups } from './sample-groups';
export { samplePatientId } from './sample-ids';
export { type SampleOptions, type SampleResource } from './sample-resource';
export { sampleResources } from './sample-resources';
export { writeSampleData } from './write-sample-data';
