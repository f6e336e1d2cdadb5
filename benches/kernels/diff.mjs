import { kernel } from '../lib/kernel.mjs';
import { measure } from './diff-core.mjs';

kernel((options) => measure(options));
