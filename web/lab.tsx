import './theme.css';
import './lab.css';
import { render } from 'preact';
import { LabPage } from './lab/lab-page.tsx';

const app = document.getElementById('app');
if (app !== null) render(<LabPage />, app);
