'use client';

import { useEffect } from 'react';

import { report } from '../../report.mjs';
import { program } from '../../program.mjs';

export default function Page() {
  useEffect(() => void report(program), []);
  return <main />;
}
