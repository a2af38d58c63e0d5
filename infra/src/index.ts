export {
  type ComposeProject,
  type ComposeService,
  composed,
  IMAGE,
  isOurs,
  ROOT,
} from './containers.ts';
export { describeWithTools } from './with-tools.ts';
