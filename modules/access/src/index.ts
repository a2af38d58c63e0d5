export { type AccessConfig, accessConfigSchema, linkUrlOf } from './config.ts';
export { accessService, type RunningAccess } from './service.ts';
