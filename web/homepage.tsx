import './theme.css';
import './homepage.css';
import { render } from 'preact';
import { Homepage } from './homepage/homepage.tsx';

const app = document.getElementById('app');
if (app !== null) render(<Homepage />, app);
