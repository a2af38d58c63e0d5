export { dashboardConfigSchema } from './config.ts';
export { type RunningDashboard, uiDashboard } from './service.ts';
