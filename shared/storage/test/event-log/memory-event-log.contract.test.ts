import { systemClock, systemTimers } from '@ats/runtime';
import { MemoryEventLog } from '@ats/storage';
import { eventLogContract } from '@ats/testkit';
