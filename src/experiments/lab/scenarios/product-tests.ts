/** Product changes that can be randomised. */
import type { Scenario } from './contract.ts';
import { runTest } from './run-test.ts';

export const newRetrieval: Scenario = (lab) =>
  runTest(lab, {
    name: 'new-retrieval',
    effect: { clicks: 1.05, visits: 1.02 },
    question: 'Does a new retrieval model make members watch more?',
    truth: 'pages are clicked 5 % more, and what is found brings members back 2 % more often',
  });

export const personalArtwork: Scenario = (lab) =>
  runTest(lab, {
    name: 'personal-artwork',
    effect: { clicks: 1.03, minutes: 1.02, leaving: 0.95 },
    question: 'Does personal artwork bring clicks that become watching, or clickbait?',
    truth: 'clicks rise by 3 %, plays last 2 % longer, and members leave 5 % less often',
  });

export const clicksUpWatchDown: Scenario = (lab) =>
  runTest(lab, {
    name: 'clicks-up-watch-down',
    effect: { clicks: 1.05, minutes: 0.9 },
    question: 'The click rate is up and watch time is down: ship?',
    truth: 'pages are clicked 5 % more, and plays last 10 % less: the titles promised more than they were',
  });

export const goodOffline: Scenario = (lab) =>
  runTest(lab, {
    name: 'good-offline',
    effect: { clicks: 1.001 },
    question: 'Offline metrics rose by 5 % and the test is neutral: what now?',
    truth:
      'clicks rise by 0.1 %: the interval shows how little can be in it, which a bare "not significant" would not',
  });
