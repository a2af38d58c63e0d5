export { type AccessConfig, accessConfigSchema } from './config.ts';
export { accessService, type RunningAccess } from './service.ts';
