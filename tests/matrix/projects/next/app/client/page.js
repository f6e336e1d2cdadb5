'use client';

import { useEffect } from 'react';

import { program } from '../../program.mjs';
import { report } from '../../report.mjs';

export default function Page() {
  useEffect(() => void report(program), []);
  return <main />;
}
